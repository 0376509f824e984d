#include "server/kernel_host.h"

#include <dlfcn.h>

#include <filesystem>

#include "server/component_catalog.h"
#include "server/install_paths.h"
#include "server/kernel_symbol.h"
#include "server/net_config.h"

namespace farcall::server {
namespace {

/// What makes a kernel one that clients can use.
constexpr const char* kSysproxy = "rumpkern_sysproxy";

void* load_library(const std::filesystem::path& path) {
  return dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
}

std::vector<std::string> to_load(const ComponentCatalog& catalog, const KernelChoice& choice) {
  std::vector<std::string> names = {kSysproxy};
  for (const auto& name : choice.optional_components) {
    if (catalog.has(name)) names.push_back(name);
  }
  for (const auto& text : choice.components) names.push_back(component_name(text));
  return names;
}

}  // namespace

std::variant<KernelHost, Complaint> KernelHost::load(const KernelChoice& choice) {
  if (choice.name == kNetbsd) return load_netbsd(choice);
  if (choice.name != kBuiltin) {
    return Complaint{"there is no kernel '" + choice.name + "'; there are builtin and netbsd"};
  }
  if (choice.components.empty()) return load_builtin();
  return Complaint{
      "the built-in kernel is one library and takes no components; --kernel netbsd does"};
}

std::variant<KernelHost, Complaint> KernelHost::load_builtin() {
  const auto path = find_library("libfarcall-kernel.so");
  if (!path) return Complaint{"libfarcall-kernel.so is not installed beside this program"};
  KernelHost host;
  host.library_ = load_library(*path);
  if (host.library_ == nullptr) {
    return Complaint{std::string("the kernel cannot be loaded: ") + dlerror()};
  }
  if (auto why = host.take_entry_points(path->string())) return std::move(*why);
  return host;
}

std::variant<KernelHost, Complaint> KernelHost::load_netbsd(const KernelChoice& choice) {
  auto found = ComponentCatalog::find();
  if (auto* why = std::get_if<Complaint>(&found)) return std::move(*why);
  const auto& catalog = std::get<ComponentCatalog>(found);
  auto order = catalog.load_order(to_load(catalog, choice));
  if (auto* why = std::get_if<Complaint>(&order)) return std::move(*why);
  for (const auto& name : std::get<std::vector<std::string>>(order)) {
    if (load_library(catalog.path(name)) != nullptr) continue;
    return Complaint{"component '" + name + "' cannot be loaded: " + dlerror()};
  }
  KernelHost host;
  host.library_ = RTLD_DEFAULT;
  if (auto why = host.take_entry_points(catalog.directory().string())) return std::move(*why);
  return host;
}

std::optional<Complaint> KernelHost::take_entry_points(const std::string& path) {
  if (take(library_, "rump_init", init_) && take(library_, "rump_init_server", init_server_)) {
    return std::nullopt;
  }
  return Complaint{path + " is no kernel: it has no rump_init, or no rump_init_server"};
}

std::optional<Complaint> KernelHost::add_interface(unsigned unit, const InterfaceSpec& spec) const {
  return server::add_interface(library_, unit, spec);
}

std::optional<Complaint> KernelHost::add_drive(const DriveSpec& spec) const {
  int (*add_whole)(const char*, const char*, int) = nullptr;
  int (*add_part)(const char*, const char*, int, std::uint64_t, std::uint64_t) = nullptr;
  if (!take(library_, "rump_pub_etfs_register", add_whole) ||
      !take(library_, "rump_pub_etfs_register_withsize", add_part)) {
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
  return server::mount(library_, spec);
}

void KernelHost::halt() const {
  int (*reboot)(int, char*) = nullptr;
  if (take(library_, "rump___sysimpl_reboot", reboot)) reboot(0, nullptr);
}

}  // namespace farcall::server
