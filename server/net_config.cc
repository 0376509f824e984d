#include "server/net_config.h"

#include <algorithm>
#include <chrono>

#include "farcall/hypercall.h"
#include "netbsd/constants.h"
#include "server/address_wait.h"
#include "server/kernel_symbol.h"
#include "server/router_solicitation.h"
#include "server/sysctl_spec.h"

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

/// Until no neighbour can have an address of ours.
constexpr std::chrono::seconds kDuplicateDetection(10);

std::size_t count_fixed(const InterfaceSpec& spec, bool is_ipv6) {
  return static_cast<std::size_t>(
      std::ranges::count(spec.addresses, is_ipv6, &InterfaceSpec::Address::is_ipv6));
}

/// NetBSD's client asks ten times.
std::optional<Failure> take_lease(void* kernel, const std::string& name) {
  int (*dhcp_ipv4_oneshot)(const char*) = nullptr;
  if (!take(kernel, "rump_pub_netconfig_dhcp_ipv4_oneshot", dhcp_ipv4_oneshot)) {
    return Failure{"this kernel has no DHCP client", NB_ENOSYS};
  }
  const int error = dhcp_ipv4_oneshot(name.c_str());
  if (error == 0) return std::nullopt;
  return Failure{error == NB_EADDRNOTAVAIL ? "no DHCP server gave it an address in time"
                                           : "its DHCP client failed",
                 error};
}

/// Waits for an IPv6 address beside those that are `fixed`. Routers are asked again: the first
/// question may be lost while the link's own address is checked.
std::optional<Failure> take_advertised(void* kernel, const std::string& name, std::size_t fixed) {
  constexpr int kQuestions = 5;
  constexpr std::chrono::seconds kBetween(3);
  int error = 0;
  for (int question = 0; question < kQuestions; ++question) {
    error = solicit_routers(kernel, name);
    if (await_addresses(kernel, name, NB_AF_INET6, fixed + 1, kBetween)) return std::nullopt;
  }
  if (error != 0) return Failure{"routers cannot be asked for an IPv6 prefix", error};
  return Failure{"no router advertised an IPv6 prefix in time", NB_ETIMEDOUT};
}

/// The addresses that others give, or may deny. When they are there, programs can use them; one
/// that a neighbour has already is that neighbour's, and the interface does without.
std::optional<Failure> settle_addresses(void* kernel, const std::string& name,
                                        const InterfaceSpec& spec) {
  const std::size_t fixed4 = count_fixed(spec, false), fixed6 = count_fixed(spec, true);
  if (spec.dhcp) {
    if (auto failure = take_lease(kernel, name)) return failure;
  }
  if (spec.auto6) {
    if (auto failure = take_advertised(kernel, name, fixed6)) return failure;
  }
  const std::size_t wanted4 = fixed4 + (spec.dhcp ? 1 : 0);
  if (wanted4 != 0) await_addresses(kernel, name, NB_AF_INET, wanted4, kDuplicateDetection);
  if (fixed6 != 0) await_addresses(kernel, name, NB_AF_INET6, fixed6, kDuplicateDetection);
  return std::nullopt;
}

/// Before the interface goes up, because routers are asked then, too.
std::optional<Failure> accept_advertisements(void* kernel) {
  const auto why = set_sysctl(kernel, {"net.inet6.ip6.accept_rtadv", "1"});
  if (!why) return std::nullopt;
  return Failure{"this kernel takes no routers' advertisements", NB_EOPNOTSUPP};
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
  if (spec.auto6) {
    if (auto failure = accept_advertisements(kernel)) return failure;
  }
  if (const int error = net.ifup(ifname)) return Failure{"it does not go up", error};
  if (auto failure = settle_addresses(kernel, name, spec)) return failure;
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
