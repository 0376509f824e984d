// A loaded ELF object's own dynamic symbols.
#pragma once

#include <link.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "farcall/symbol_hash.h"

namespace farcall::hypercall {

/// Refers to the object where it is loaded, and so must not outlive it.
class ElfObject {
 public:
  /// Nothing for an object without dynamic symbols.
  static std::optional<ElfObject> read(const dl_phdr_info& info);

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Those that the object needs are among them: their st_shndx is SHN_UNDEF.
  [[nodiscard]] std::span<const ElfW(Sym)> symbols() const { return {symbols_, hash_.count()}; }
  [[nodiscard]] std::string_view name(const ElfW(Sym) & symbol) const {
    return strings_ + symbol.st_name;
  }
  [[nodiscard]] std::uintptr_t address(const ElfW(Sym) & symbol) const {
    return base_ + symbol.st_value;
  }
  /// Where the object defines `wanted`. Its own definition, even if the program's lookup would
  /// prefer another's.
  [[nodiscard]] std::optional<std::uintptr_t> find(std::string_view wanted) const;

 private:
  ElfObject() = default;
  /// What an entry of the dynamic section points to; null when there is no such entry.
  template <class T>
  [[nodiscard]] const T* table(const ElfW(Dyn) * dynamic, ElfW(Sxword) tag) const;

  std::string path_;
  std::uintptr_t base_ = 0;
  SymbolHash hash_;
  const ElfW(Sym) * symbols_ = nullptr;
  const char* strings_ = nullptr;
};

/// All of them. What was loaded last, and so is most likely what others depend on, comes first; the
/// program itself is last and has an empty path.
std::vector<ElfObject> loaded_objects();

}  // namespace farcall::hypercall
