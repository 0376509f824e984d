#include "server/net_config.h"

#include "farcall/hypercall.h"
#include "netbsd/constants.h"
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

std::optional<Failure> configure(const NetConfig& net, const std::string& name,
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
  const auto failure = configure(net, name, spec);
  if (!failure) return std::nullopt;
  return Complaint{"interface " + name + " on '" + spec.link + "': " + failure->what +
                   ": NetBSD error " + std::to_string(failure->error)};
}

}  // namespace farcall::server
