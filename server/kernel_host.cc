#include "server/kernel_host.h"

#include <dlfcn.h>

#include <filesystem>
#include <optional>

#include "farcall/hypercall.h"
#include "server/install_paths.h"

namespace farcall::server {
namespace {

/// Takes symbol `name` of `library`. False: it has none.
template <class Function>
bool take(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

}  // namespace

std::variant<KernelHost, Complaint> KernelHost::load(const std::string& name) {
  if (name != "builtin") {
    return Complaint{"there is no kernel '" + name + "'; the one that there is, is 'builtin'"};
  }
  const auto path = find_library("libfarcall-kernel.so");
  if (!path) return Complaint{"libfarcall-kernel.so is not installed beside this program"};
  void* library = dlopen(path->c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr)
    return Complaint{std::string("the kernel cannot be loaded: ") + dlerror()};
  KernelHost host;
  const std::string missing = host.resolve(library);
  if (!missing.empty()) return Complaint{path->string() + " is no kernel: it has no " + missing};
  return host;
}

// What the kernel lacks, empty for nothing.
std::string KernelHost::resolve(void* library) {
  const char* name = nullptr;
  const bool whole =
      take(library, name = "rump_init", init_) &&
      take(library, name = "rump_init_server", init_server_) &&
      take(library, name = "rump_pub_netconfig_ifcreate", ifcreate_) &&
      take(library, name = "rump_pub_netconfig_ifsetlinkstr", ifsetlinkstr_) &&
      take(library, name = "rump_pub_netconfig_ifup", ifup_) &&
      take(library, name = "rump_pub_netconfig_ipv4_ifaddr_cidr", ipv4_ifaddr_cidr_) &&
      take(library, name = "rump_pub_netconfig_ipv6_ifaddr", ipv6_ifaddr_) &&
      take(library, name = "rump_pub_netconfig_ipv4_gw", ipv4_gw_) &&
      take(library, name = "rump_pub_netconfig_ipv6_gw", ipv6_gw_);
  return whole ? "" : name;
}

std::variant<std::monostate, Complaint> KernelHost::add_interface(unsigned unit,
                                                                  const InterfaceSpec& spec) const {
  const std::string name = "virt" + std::to_string(unit);
  const char* ifname = name.c_str();
  const auto complain = [&](const std::string& what, int error) {
    return Complaint{"interface " + name + " on tap device '" + spec.link + "': " + what +
                     ": NetBSD error " + std::to_string(error)};
  };
  if (int error = ifcreate_(ifname)) return complain("it cannot be made", error);
  if (int error = ifsetlinkstr_(ifname, spec.link.c_str())) {
    return complain("the device cannot be opened (does it exist, and may you use it?)", error);
  }
  for (const auto& address : spec.addresses) {
    const auto set = address.is_ipv6 ? ipv6_ifaddr_ : ipv4_ifaddr_cidr_;
    if (int error = set(ifname, address.text.c_str(), address.prefix)) {
      return complain("address " + address.text + " is not taken", error);
    }
  }
  if (int error = ifup_(ifname)) return complain("it does not go up", error);
  for (const auto& gateway : spec.gateways) {
    const auto set = gateway.is_ipv6 ? ipv6_gw_ : ipv4_gw_;
    if (int error = set(gateway.text.c_str())) {
      return complain("gateway " + gateway.text + " is not taken", error);
    }
  }
  return std::monostate{};
}

}  // namespace farcall::server
