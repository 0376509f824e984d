#include "server/component_catalog.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <optional>
#include <set>
#include <system_error>
#include <unordered_map>
#include <utility>

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

bool is_component(std::string_view name) {
  return name.starts_with(kBase) &&
         std::ranges::find(kNoComponents, name) == std::end(kNoComponents);
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

/// The way from wanted components to all that are needed, each after what it needs.
class Order {
 public:
  Order(const ComponentCatalog& catalog, const std::vector<std::string>& wanted)
      : catalog_(catalog) {
    read(std::string(kBase));
    for (const auto& name : wanted) read(name);
    append(std::string(kBase));
    for (const auto& name : wanted) append(name);
  }

  [[nodiscard]] std::vector<Component> take() { return std::move(order_); }

 private:
  struct Read {
    std::string name;
    std::shared_ptr<const ElfSymbols> symbols;
  };
  /// Who has a symbol: a component of those that were read, this process, or nobody known.
  struct Owner {
    const Read* component = nullptr;
    bool known = false;
  };

  const Read& read(const std::string& name) {
    for (const auto& each : read_) {
      if (each.name == name) return each;
    }
    return read_.emplace_back(Read{name, ElfSymbols::read(catalog_.path(name))});
  }

  Owner owner(std::string_view symbol) {
    const auto [entry, is_new] = owners_.try_emplace(symbol);
    if (is_new) entry->second = look_for(symbol);
    return entry->second;
  }

  /// Of several components with it one that was asked for, or else the first by name. What is in
  /// this process already, as hypercalls are, is in no component.
  Owner look_for(std::string_view symbol) {
    const SymbolName wanted = symbol;
    const auto has_it = [&](const Read& each) {
      return each.symbols != nullptr && each.symbols->defines(wanted);
    };
    for (const auto& each : read_) {
      if (has_it(each)) return {.component = &each, .known = true};
    }
    if (dlsym(RTLD_DEFAULT, symbol.data()) != nullptr) return {.component = nullptr, .known = true};
    if (!installed_) installed_ = catalog_.names();
    for (const auto& name : *installed_) {
      const auto& each = read(name);
      if (has_it(each)) return {.component = &each, .known = true};
    }
    return {};
  }

  /// Of components that need each other one comes first.
  void append(const std::string& name) {
    if (!seen_.insert(name).second) return;
    Component component{.name = name, .symbols = read(name).symbols};
    std::set<std::string_view> needed;
    if (component.symbols != nullptr) component.complete = find_needs(component, needed);
    for (const auto& other : needed) append(std::string(other));
    order_.push_back(std::move(component));
  }

  /// False: nobody has some of what it wants.
  bool find_needs(const Component& component, std::set<std::string_view>& needed) {
    bool complete = true;
    for (const auto symbol : component.symbols->wanted()) {
      const auto found = owner(symbol);
      if (found.component != nullptr) needed.insert(found.component->name);
      complete = complete && found.known;
    }
    return complete;
  }

  const ComponentCatalog& catalog_;
  std::optional<std::vector<std::string>> installed_;
  std::deque<Read> read_;
  std::unordered_map<std::string_view, Owner> owners_;
  std::set<std::string> seen_;
  std::vector<Component> order_;
};

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

std::vector<std::string> ComponentCatalog::names() const {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory_, error)) {
    const std::string file = entry.path().filename().string();
    std::string name = component_name(file);
    if (file == file_name(name) && is_component(name) && name != kBase)
      names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

bool ComponentCatalog::has(std::string_view name) const {
  std::error_code error;
  return is_component(name) && fs::exists(path(name), error);
}

fs::path ComponentCatalog::path(std::string_view name) const {
  return directory_ / file_name(name);
}

std::variant<std::vector<Component>, Complaint> ComponentCatalog::load_order(
    const std::vector<std::string>& wanted) const {
  for (const auto& name : wanted) {
    if (has(name)) continue;
    return Complaint{"there is no component '" + name + "': no " + path(name).string() +
                     " (farcall serve --kernel netbsd --list-components lists what there is)"};
  }
  return Order(*this, wanted).take();
}

}  // namespace farcall::server
