#include "server/kernel_host.h"

#include <dlfcn.h>

#include <chrono>
#include <utility>

#include "farcall/hypercall.h"
#include "server/component_catalog.h"
#include "server/fifo_operations.h"
#include "server/kernel_clock.h"
#include "server/kernel_interface.h"
#include "server/kernel_module.h"
#include "server/kernel_symbol.h"
#include "server/net_config.h"
#include "server/socket_space.h"
#include "server/weak_symbols.h"

namespace farcall::server {
namespace {

/// Where all of them are looked up: a kernel of several libraries has its symbols in any.
void* const kLoaded = RTLD_DEFAULT;

/// Most functions of a kernel are never called, so those that are there are looked up as they are.
std::optional<Complaint> load_library(KernelLibrary library, std::vector<LoadedComponent>& loaded) {
  const int binding = library.complete ? RTLD_LAZY : RTLD_NOW;
  void* const handle = dlopen(library.path.c_str(), binding | RTLD_GLOBAL);
  if (handle == nullptr) {
    return Complaint{"'" + component_name(library.path.string()) +
                     "' cannot be loaded: " + dlerror()};
  }
  loaded.push_back({std::move(library), handle});
  return std::nullopt;
}

}  // namespace

std::variant<KernelHost, Complaint> KernelHost::load(const KernelChoice& choice) {
  auto libraries = kernel_libraries(choice);
  if (auto* why = std::get_if<Complaint>(&libraries)) return std::move(*why);
  std::vector<LoadedComponent> loaded;
  for (auto& library : std::get<std::vector<KernelLibrary>>(libraries)) {
    if (auto why = load_library(std::move(library), loaded)) return std::move(*why);
  }
  prefer_strong_symbols(loaded);
  prefer_working_fifos(loaded);
  KernelHost host;
  if (auto why = host.take_entry_points(loaded.front().library.path.string()))
    return std::move(*why);
  return host;
}

std::optional<Complaint> KernelHost::take_entry_points(const std::string& library) {
  if (take(kLoaded, "rump_init", init_) && take(kLoaded, "rump_init_server", init_server_)) {
    return std::nullopt;
  }
  return Complaint{library + " is no kernel: it has no rump_init, or no rump_init_server"};
}

int KernelHost::init() const {
  farcall_hypercall_defer_symbols();
  const auto start = std::chrono::steady_clock::now();
  const int error = init_();
  if (error != 0) return error;
  adapt_sockets(kLoaded);
  hold_clock_back(kLoaded, start);
  return 0;
}

void KernelHost::load_symbols() const {
  const CpuScope cpu(*farcall_hypercall_upcalls());
  farcall_hypercall_load_symbols();
}

std::optional<Complaint> KernelHost::add_interface(unsigned unit, const InterfaceSpec& spec) const {
  return server::add_interface(kLoaded, unit, spec);
}

std::optional<Complaint> KernelHost::add_bridge(unsigned unit, const BridgeSpec& spec) const {
  return server::add_bridge(kLoaded, unit, spec);
}

std::optional<Complaint> KernelHost::add_drive(const DriveSpec& spec) const {
  int (*add_whole)(const char*, const char*, int) = nullptr;
  int (*add_part)(const char*, const char*, int, std::uint64_t, std::uint64_t) = nullptr;
  if (!take(kLoaded, "rump_pub_etfs_register", add_whole) ||
      !take(kLoaded, "rump_pub_etfs_register_withsize", add_part)) {
    return Complaint{"this kernel takes no drives; NetBSD's does (--kernel netbsd)"};
  }
  constexpr auto kToTheEnd = ~std::uint64_t{0};
  const int type = static_cast<int>(spec.type);
  const bool whole = !spec.size && spec.offset == 0;
  const int error = whole ? add_whole(spec.key.c_str(), spec.hostpath.c_str(), type)
                          : add_part(spec.key.c_str(), spec.hostpath.c_str(), type, spec.offset,
                                     spec.size.value_or(kToTheEnd));
  if (error == 0) return std::nullopt;
  return Complaint{"drive " + spec.key + " on '" + spec.hostpath + "' is not taken: NetBSD error " +
                   std::to_string(error)};
}

std::optional<Complaint> KernelHost::mount(const MountSpec& spec) const {
  return server::mount(kLoaded, spec);
}

std::optional<Complaint> KernelHost::load_module(const std::string& path) const {
  return server::load_module(kLoaded, path);
}

std::optional<Complaint> KernelHost::set_sysctl(const SysctlSpec& spec) const {
  return server::set_sysctl(kLoaded, spec);
}

void KernelHost::halt() const {
  int (*reboot)(int, char*) = nullptr;
  if (take(kLoaded, "rump___sysimpl_reboot", reboot)) reboot(0, nullptr);
}

}  // namespace farcall::server
