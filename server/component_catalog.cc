#include "server/component_catalog.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <unordered_map>

namespace farcall::server {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBase = "rump";
constexpr std::string_view kPrefix = "lib";
constexpr std::string_view kSuffix = ".so.0";
/// Libraries of the same name pattern that are no part of a kernel.
constexpr std::string_view kNoComponents[] = {"rumpuser", "rumpclient", "rumphijack", "rumpres"};

std::string file_name(std::string_view name) {
  return std::string(kPrefix) + std::string(name) + std::string(kSuffix);
}

bool has_base(const fs::path& directory) {
  std::error_code error;
  return fs::exists(directory / file_name(kBase), error);
}

void add_list(std::vector<fs::path>& directories, const char* list) {
  std::string_view rest = list == nullptr ? "" : list;
  while (!rest.empty()) {
    const auto part = rest.substr(0, rest.find(':'));
    if (!part.empty()) directories.emplace_back(part);
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
}

/// Where the loader looks, as far as it can be asked, and where CMake's find_library does.
std::vector<fs::path> default_directories() {
  std::vector<fs::path> directories;
  add_list(directories, std::getenv("LD_LIBRARY_PATH"));
  add_list(directories, FARCALL_RUMP_DIRECTORIES);
  return directories;
}

/// Who defines which symbol. Of several, the first in the order of their names.
class Symbols {
 public:
  explicit Symbols(const ComponentCatalog& catalog) {
    add(catalog, std::string(kBase));
    for (const auto& name : catalog.names()) add(catalog, name);
  }

  /// The components that `name` needs; itself is not among them.
  [[nodiscard]] std::set<std::string> needs(const std::string& name) const {
    std::set<std::string> result;
    for (const auto& symbol : wanted_.at(name)) {
      const auto found = definer_.find(symbol);
      if (found == definer_.end() || found->second == name) continue;
      result.emplace(found->second);
    }
    return result;
  }

 private:
  void add(const ComponentCatalog& catalog, const std::string& name) {
    auto symbols = read_elf_symbols(catalog.path(name));
    const auto added = wanted_.try_emplace(name).first;
    if (!symbols) return;
    added->second = std::move(symbols->wanted);
    for (auto& symbol : symbols->defined) definer_.try_emplace(std::move(symbol), added->first);
  }

  std::map<std::string, std::vector<std::string>> wanted_;
  std::unordered_map<std::string, std::string_view> definer_;
};

/// Appends `name` after what it needs. Of components that need each other one comes first.
void append(const Symbols& symbols, const std::string& name, std::set<std::string>& seen,
            std::vector<std::string>& order) {
  if (!seen.insert(name).second) return;
  for (const auto& needed : symbols.needs(name)) append(symbols, needed, seen, order);
  order.push_back(name);
}

}  // namespace

std::string component_name(std::string_view text) {
  text = text.substr(text.rfind('/') + 1);
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  return std::string(text.substr(0, text.find(".so")));
}

std::variant<ComponentCatalog, Complaint> ComponentCatalog::find() {
  const std::string what_to_do =
      "; install NetBSD's rump kernel component libraries (docs/netbsd.md says where they come "
      "from), and name the prefix that has them in lib/ by RUMP_PREFIX";
  if (const char* const prefix = std::getenv("RUMP_PREFIX")) {
    const auto directory = fs::path(prefix) / "lib";
    if (has_base(directory)) return ComponentCatalog(directory);
    return Complaint{"RUMP_PREFIX is set, but there is no " +
                     (directory / file_name(kBase)).string() + what_to_do};
  }
  for (const auto& directory : default_directories()) {
    if (has_base(directory)) return ComponentCatalog(directory);
  }
  return Complaint{"no NetBSD kernel is installed here: there is no " + file_name(kBase) +
                   " where libraries are" + what_to_do};
}

ComponentCatalog::ComponentCatalog(fs::path directory) : directory_(std::move(directory)) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory_, error)) {
    const std::string file = entry.path().filename().string();
    if (!file.starts_with("librump") || !file.ends_with(kSuffix)) continue;
    std::string name = component_name(file);
    if (name != kBase && std::ranges::find(kNoComponents, name) == std::end(kNoComponents)) {
      names_.push_back(std::move(name));
    }
  }
  std::ranges::sort(names_);
}

bool ComponentCatalog::has(std::string_view name) const {
  return name == kBase || std::ranges::binary_search(names_, name);
}

fs::path ComponentCatalog::path(std::string_view name) const {
  return directory_ / file_name(name);
}

std::variant<std::vector<std::string>, Complaint> ComponentCatalog::load_order(
    const std::vector<std::string>& wanted) const {
  for (const auto& name : wanted) {
    if (has(name)) continue;
    return Complaint{"there is no component '" + name + "': no " + path(name).string() +
                     " (farcall serve --kernel netbsd --list-components lists what there is)"};
  }
  const Symbols symbols(*this);
  std::set<std::string> seen;
  std::vector<std::string> order;
  append(symbols, std::string(kBase), seen, order);
  for (const auto& name : wanted) append(symbols, name, seen, order);
  return order;
}

}  // namespace farcall::server
