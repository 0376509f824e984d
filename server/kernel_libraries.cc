#include "server/kernel_libraries.h"

#include <utility>

#include "server/component_catalog.h"
#include "server/install_paths.h"

namespace farcall::server {
namespace {

using Libraries = std::variant<std::vector<KernelLibrary>, Complaint>;

/// What makes a kernel one that clients can use.
constexpr const char* kSysproxy = "rumpkern_sysproxy";

Libraries builtin_library(const KernelChoice& choice) {
  if (!choice.components.empty()) {
    return Complaint{
        "the built-in kernel is one library and takes no components; --kernel netbsd does"};
  }
  const auto path = find_library("libfarcall-kernel.so");
  if (!path) return Complaint{"libfarcall-kernel.so is not installed beside this program"};
  return std::vector{KernelLibrary{.path = *path, .symbols = nullptr, .complete = true}};
}

std::vector<std::string> wanted(const ComponentCatalog& catalog, const KernelChoice& choice) {
  std::vector<std::string> names = {kSysproxy};
  for (const auto& name : choice.optional_components) {
    if (catalog.has(name)) names.push_back(name);
  }
  for (const auto& text : choice.components) names.push_back(component_name(text));
  return names;
}

Libraries netbsd_libraries(const KernelChoice& choice) {
  auto found = ComponentCatalog::find();
  if (auto* why = std::get_if<Complaint>(&found)) return std::move(*why);
  const auto& catalog = std::get<ComponentCatalog>(found);
  auto order = catalog.load_order(wanted(catalog, choice));
  if (auto* why = std::get_if<Complaint>(&order)) return std::move(*why);
  std::vector<KernelLibrary> libraries;
  for (auto& component : std::get<std::vector<Component>>(order)) {
    libraries.push_back({.path = catalog.path(component.name),
                         .symbols = std::move(component.symbols),
                         .complete = component.complete});
  }
  return libraries;
}

}  // namespace

std::vector<std::string> usual_components() {
  return {"rumpvfs",          "rumpdev",       "rumpnet",     "rumpnet_net",  "rumpnet_netinet",
          "rumpnet_netinet6", "rumpnet_local", "rumpdev_bpf", "rumpfs_tmpfs", "rumpvfs_fifofs"};
}

Libraries kernel_libraries(const KernelChoice& choice) {
  if (choice.name == kBuiltin) return builtin_library(choice);
  if (choice.name == kNetbsd) return netbsd_libraries(choice);
  return Complaint{"there is no kernel '" + choice.name + "'; there are builtin and netbsd"};
}

}  // namespace farcall::server
