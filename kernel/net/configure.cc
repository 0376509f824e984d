// Interfaces and gateways configured from the outside, by rump_pub_netconfig_* and `farcall serve
// --if`.

#include "kernel/core/interfaces.h"
#include "kernel/net/address.h"
#include "kernel/net/dhcp.h"
#include "kernel/net/ethernet_interface.h"
#include "kernel/net/interface.h"
#include "kernel/net/routes.h"

namespace farcall::kernel {

namespace {

Result<Interface*> find(const char* name) {
  Interface* interface = interface_by_name(name);
  if (interface == nullptr) return Error{NB_ENXIO};
  return interface;
}

Result<ip4_addr_t> parse_v4(const char* text) {
  ip4_addr_t address;
  if (ip4addr_aton(text, &address) == 0) return Error{NB_EINVAL};
  return address;
}

Result<ip6_addr_t> parse_v6(const char* text) {
  ip6_addr_t address = {};
  if (ip6addr_aton(text, &address) == 0) return Error{NB_EINVAL};
  return address;
}

}  // namespace

Result<void> net_interface_create(const char* name) { return ethernet_create(name); }

Result<void> net_interface_destroy(const char* name) { return ethernet_destroy(name); }

Result<void> net_interface_set_link(const char* name, const char* link) {
  return ethernet_set_link(name, link);
}

Result<void> net_interface_set_up(const char* name, bool up) {
  FARCALL_ASSIGN(Interface * interface, find(name));
  const int flags = interface->flags();
  return interface->set_flags(up ? flags | NB_IFF_UP : flags & ~NB_IFF_UP);
}

Result<void> net_interface_set_ipv4(const char* name, const char* address, const char* mask) {
  FARCALL_ASSIGN(Interface * interface, find(name));
  FARCALL_ASSIGN(const ip4_addr_t parsed, parse_v4(address));
  FARCALL_ASSIGN(const ip4_addr_t parsed_mask, parse_v4(mask));
  return interface->add_ipv4({parsed, parsed_mask});
}

Result<void> net_interface_set_ipv6(const char* name, const char* address, int prefix) {
  FARCALL_ASSIGN(Interface * interface, find(name));
  FARCALL_ASSIGN(const ip6_addr_t parsed, parse_v6(address));
  if (prefix < 1 || prefix > 128) return Error{NB_EINVAL};
  return interface->add_ipv6(parsed, prefix, false);
}

Result<void> net_dhcp_ipv4(const char* name) { return dhcp_configure(name); }

Result<void> net_gateway_ipv4(const char* gateway) {
  FARCALL_ASSIGN(const ip4_addr_t parsed, parse_v4(gateway));
  return route_add(any_address(NB_AF_INET), 0, ip_from(parsed));
}

Result<void> net_gateway_ipv6(const char* gateway) {
  FARCALL_ASSIGN(const ip6_addr_t parsed, parse_v6(gateway));
  return route_add(any_address(NB_AF_INET6), 0, ip_from(parsed));
}

}  // namespace farcall::kernel
