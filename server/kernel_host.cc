#include "server/kernel_host.h"

#include <dlfcn.h>

#include <filesystem>
#include <optional>

#include "server/install_paths.h"

namespace farcall::server {
namespace {

/// Takes symbol `name` of `library`. False: it has none.
template <class Function>
bool take(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

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

std::optional<Failure> configure(const NetConfig& net, const std::string& name,
                                 const InterfaceSpec& spec) {
  const char* ifname = name.c_str();
  if (const int error = net.ifcreate(ifname)) return Failure{"it cannot be made", error};
  if (const int error = net.ifsetlinkstr(ifname, spec.link.c_str())) {
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

std::variant<KernelHost, Complaint> KernelHost::load(const std::string& name) {
  if (name != "builtin") {
    return Complaint{"there is no kernel '" + name + "'; the one that there is, is 'builtin'"};
  }
  const auto path = find_library("libfarcall-kernel.so");
  if (!path) return Complaint{"libfarcall-kernel.so is not installed beside this program"};
  KernelHost host;
  host.library_ = dlopen(path->c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (host.library_ == nullptr) {
    return Complaint{std::string("the kernel cannot be loaded: ") + dlerror()};
  }
  if (!take(host.library_, "rump_init", host.init_) ||
      !take(host.library_, "rump_init_server", host.init_server_)) {
    return Complaint{path->string() + " is no kernel: it has no rump_init, or no rump_init_server"};
  }
  return host;
}

std::variant<std::monostate, Complaint> KernelHost::add_interface(unsigned unit,
                                                                  const InterfaceSpec& spec) const {
  NetConfig net;
  if (!net.load(library_)) return Complaint{"this kernel has no networking, so no interfaces"};
  const std::string name = "virt" + std::to_string(unit);
  if (const auto failure = configure(net, name, spec)) {
    return Complaint{"interface " + name + " on tap device '" + spec.link + "': " + failure->what +
                     ": NetBSD error " + std::to_string(failure->error)};
  }
  return std::monostate{};
}

}  // namespace farcall::server
