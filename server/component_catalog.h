// NetBSD's component libraries as they are installed on this machine: librump.so.0, the base, and
// beside it one library for each component, librumpnet_netinet.so.0 for rumpnet_netinet say.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/complaint.h"
#include "server/elf_symbols.h"

namespace farcall::server {

/// "rumpnet_netinet" for all the ways to write it: librumpnet_netinet.so.0, a path to it ...
std::string component_name(std::string_view text);

/// A component that is to be loaded.
struct Component {
  std::string name;
  /// None when they cannot be read.
  std::shared_ptr<const ElfSymbols> symbols;
  /// All that it needs is known to be there, in others or in this process.
  bool complete = false;
};

class ComponentCatalog {
 public:
  /// In $RUMP_PREFIX/lib when that is set, and nowhere else then; otherwise where the loader and
  /// CMake look. The complaint says what to install.
  static std::variant<ComponentCatalog, Complaint> find();

  /// The catalog of one directory, which has a librump.so.0.
  explicit ComponentCatalog(std::filesystem::path directory) : directory_(std::move(directory)) {}

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  /// Without the base. In alphabetical order. Reads the directory.
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::filesystem::path path(std::string_view name) const;

  /// `wanted` and all that they need, each after what it needs itself; the base comes first. A
  /// component that is not installed is the complaint. One that needs a symbol which neither a
  /// component nor this process has is in the order all the same: the loader knows whether the host
  /// has it. Only those are read that can be needed.
  [[nodiscard]] std::variant<std::vector<Component>, Complaint> load_order(
      const std::vector<std::string>& wanted) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace farcall::server
