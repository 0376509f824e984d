// rump_pub_netconfig_*: interfaces configured from the host's side.
#include <cstdint>
#include <string>

#include "kernel/core/export.h"
#include "kernel/core/interfaces.h"
#include "kernel/core/scheduled.h"
#include "netbsd/constants.h"
#include "rump/rump.h"

using namespace farcall::kernel;

namespace {

std::string mask_of(int prefix) {
  std::uint32_t mask = prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix);
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    if (!text.empty()) text += '.';
    text += std::to_string(mask >> shift & 0xff);
  }
  return text;
}

}  // namespace

extern "C" {

FARCALL_EXPORT int rump_pub_netconfig_ifcreate(const char* name) {
  Scheduled cpu;
  return net_interface_create(name).code();
}

FARCALL_EXPORT int rump_pub_netconfig_ifdestroy(const char* name) {
  Scheduled cpu;
  return net_interface_destroy(name).code();
}

FARCALL_EXPORT int rump_pub_netconfig_ifup(const char* name) {
  Scheduled cpu;
  return net_interface_set_up(name, true).code();
}

FARCALL_EXPORT int rump_pub_netconfig_ifdown(const char* name) {
  Scheduled cpu;
  return net_interface_set_up(name, false).code();
}

FARCALL_EXPORT int rump_pub_netconfig_ifsetlinkstr(const char* name, const char* link) {
  Scheduled cpu;
  return net_interface_set_link(name, link).code();
}

FARCALL_EXPORT int rump_pub_netconfig_ipv4_ifaddr(const char* name, const char* address,
                                                  const char* mask) {
  Scheduled cpu;
  return net_interface_set_ipv4(name, address, mask).code();
}

FARCALL_EXPORT int rump_pub_netconfig_ipv4_ifaddr_cidr(const char* name, const char* address,
                                                       int prefix) {
  if (prefix < 0 || prefix > 32) return NB_EINVAL;
  Scheduled cpu;
  return net_interface_set_ipv4(name, address, mask_of(prefix).c_str()).code();
}

FARCALL_EXPORT int rump_pub_netconfig_ipv4_gw(const char* gateway) {
  Scheduled cpu;
  return net_gateway_ipv4(gateway).code();
}

FARCALL_EXPORT int rump_pub_netconfig_ipv6_ifaddr(const char* name, const char* address,
                                                  int prefix) {
  Scheduled cpu;
  return net_interface_set_ipv6(name, address, prefix).code();
}

FARCALL_EXPORT int rump_pub_netconfig_dhcp_ipv4_oneshot(const char* name) {
  Scheduled cpu;
  return net_dhcp_ipv4(name).code();
}

FARCALL_EXPORT int rump_pub_netconfig_ipv6_gw(const char* gateway) {
  Scheduled cpu;
  return net_gateway_ipv6(gateway).code();
}

}  // extern "C"
