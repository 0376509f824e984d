#include "server/net_config.h"

#include <algorithm>
#include <chrono>

#include "farcall/hypercall.h"
#include "netbsd/constants.h"
#include "server/ipv6_wait.h"
#include "server/kernel_symbol.h"

namespace farcall::server {
namespace {

/// What a kernel with networking has for its configuration. A NetBSD errno each.
struct NetConfig {
  int (*ifcreate)(const char*);
  int (*ifsetlinkstr)(const char*, const char*);
  int (*ifup)(const char*);
  int (*ipv4_ifaddr_cidr)(const char*, const char*, int);
  int (*ipv6_ifaddr)(const char*, const char*, int);
  int (*ipv4_gw)(const char*);
  int (*ipv6_gw)(const char*);

  bool load(void* library) {
    return take(library, "rump_pub_netconfig_ifcreate", ifcreate) &&
           take(library, "rump_pub_netconfig_ifsetlinkstr", ifsetlinkstr) &&
           take(library, "rump_pub_netconfig_ifup", ifup) &&
           take(library, "rump_pub_netconfig_ipv4_ifaddr_cidr", ipv4_ifaddr_cidr) &&
           take(library, "rump_pub_netconfig_ipv6_ifaddr", ipv6_ifaddr) &&
           take(library, "rump_pub_netconfig_ipv4_gw", ipv4_gw) &&
           take(library, "rump_pub_netconfig_ipv6_gw", ipv6_gw);
  }
};

/// A step that failed.
struct Failure {
  std::string what;
  int error;
};

/// A virtif that takes no link string, as NetBSD's is built, has asked librumpuser for the device.
int set_link(const NetConfig& net, const std::string& name, const InterfaceSpec& spec) {
  const int error = net.ifsetlinkstr(name.c_str(), spec.link.c_str());
  return spec.driver == kVirtif && error == NB_ENOTTY ? 0 : error;
}

constexpr std::chrono::seconds kDuplicateDetection(5);

/// NetBSD's client asks ten times.
std::optional<Failure> take_lease(void* kernel, const char* interface) {
  int (*dhcp_ipv4_oneshot)(const char*) = nullptr;
  if (!take(kernel, "rump_pub_netconfig_dhcp_ipv4_oneshot", dhcp_ipv4_oneshot)) {
    return Failure{"this kernel has no DHCP client", NB_ENOSYS};
  }
  const int error = dhcp_ipv4_oneshot(interface);
  if (error == 0) return std::nullopt;
  return Failure{error == NB_EADDRNOTAVAIL ? "no DHCP server gave it an address in time"
                                           : "its DHCP client failed",
                 error};
}

/// Waits for an address beside those that are `fixed`. Routers are asked again: the first question
/// is lost while the link's own address is checked.
std::optional<Failure> take_advertised(void* kernel, const std::string& name, std::size_t fixed) {
  constexpr int kQuestions = 5;
  constexpr std::chrono::seconds kBetween(3);
  int (*auto_ipv6)(const char*) = nullptr;
  if (!take(kernel, "rump_pub_netconfig_auto_ipv6", auto_ipv6)) {
    return Failure{"this kernel does not configure IPv6 by itself", NB_ENOSYS};
  }
  for (int question = 0; question < kQuestions; ++question) {
    if (const int error = auto_ipv6(name.c_str())) {
      return Failure{"its IPv6 does not configure itself", error};
    }
    if (await_ipv6(kernel, name, fixed + 1, kBetween)) return std::nullopt;
  }
  return Failure{"no router advertised an IPv6 prefix in time", NB_ETIMEDOUT};
}

/// The addresses that others give, or may deny. When they are there, programs can use them.
std::optional<Failure> configure_itself(void* kernel, const std::string& name,
                                        const InterfaceSpec& spec) {
  if (spec.dhcp) {
    if (auto failure = take_lease(kernel, name.c_str())) return failure;
  }
  const auto fixed = static_cast<std::size_t>(
      std::ranges::count_if(spec.addresses, &InterfaceSpec::Address::is_ipv6));
  if (spec.auto6) return take_advertised(kernel, name, fixed);
  // A neighbour that has the address already keeps it; the interface does without.
  if (fixed != 0) await_ipv6(kernel, name, fixed, kDuplicateDetection);
  return std::nullopt;
}

std::optional<Failure> configure(void* kernel, const NetConfig& net, const std::string& name,
                                 const InterfaceSpec& spec) {
  const char* ifname = name.c_str();
  if (const int error = net.ifcreate(ifname)) {
    return Failure{"it cannot be made (has the kernel that driver, and may you use the device?)",
                   error};
  }
  if (const int error = set_link(net, name, spec)) {
    return Failure{"the device cannot be opened (may you use it, and does no other?)", error};
  }
  for (const auto& address : spec.addresses) {
    const auto set = address.is_ipv6 ? net.ipv6_ifaddr : net.ipv4_ifaddr_cidr;
    if (const int error = set(ifname, address.text.c_str(), address.prefix)) {
      return Failure{"address " + address.text + " is not taken", error};
    }
  }
  if (const int error = net.ifup(ifname)) return Failure{"it does not go up", error};
  if (auto failure = configure_itself(kernel, name, spec)) return failure;
  for (const auto& gateway : spec.gateways) {
    const auto set = gateway.is_ipv6 ? net.ipv6_gw : net.ipv4_gw;
    if (const int error = set(gateway.text.c_str())) {
      return Failure{"gateway " + gateway.text + " is not taken", error};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Complaint> add_interface(void* kernel, unsigned unit, const InterfaceSpec& spec) {
  NetConfig net;
  if (!net.load(kernel)) {
    return Complaint{"this kernel has no networking that its host can configure, so no interfaces"};
  }
  const std::string name = spec.driver + std::to_string(unit);
  if (spec.driver == kVirtif) {
    farcall_hypercall_set_param(("RUMP_VIRT" + std::to_string(unit)).c_str(), spec.link.c_str());
  }
  const auto failure = configure(kernel, net, name, spec);
  if (!failure) return std::nullopt;
  return Complaint{"interface " + name + " on '" + spec.link + "': " + failure->what +
                   ": NetBSD error " + std::to_string(failure->error)};
}

}  // namespace farcall::server
