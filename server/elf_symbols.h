// The dynamic symbols of a shared object in a file, read without loading it.
#pragma once

#include <elf.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "farcall/symbol_hash.h"

namespace farcall::server {

/// A mapping of the file, so that a look at few symbols costs little. Names end with a NUL, and
/// stay as long as it does.
class ElfSymbols {
 public:
  /// Nothing when the file cannot be read, or is no 64-bit shared object of this machine's byte
  /// order with a table to find symbols by.
  static std::unique_ptr<ElfSymbols> read(const std::filesystem::path& path);

  ~ElfSymbols();
  ElfSymbols(const ElfSymbols&) = delete;
  ElfSymbols& operator=(const ElfSymbols&) = delete;

  [[nodiscard]] bool defines(const SymbolName& name) const { return find(name) != nullptr; }
  /// As defines(), if others' definitions do not go before this one.
  [[nodiscard]] bool defines_strongly(const SymbolName& name) const;
  /// Undefined, and not weak.
  [[nodiscard]] const std::vector<std::string_view>& wanted() const { return wanted_; }
  /// Defined, but others' definitions go before.
  [[nodiscard]] const std::vector<std::string_view>& weak() const { return weak_; }

 private:
  explicit ElfSymbols(std::span<const std::byte> file) : file_(file) {}
  bool read_tables();
  bool take_symbols(const Elf64_Ehdr& file, const Elf64_Shdr& section);
  void sort(const Elf64_Sym& symbol);
  [[nodiscard]] std::string_view name(const Elf64_Sym& symbol) const;
  [[nodiscard]] const Elf64_Sym* find(const SymbolName& name) const;
  template <class T>
  [[nodiscard]] std::span<const T> array(std::size_t offset, std::size_t size) const;

  const std::span<const std::byte> file_;
  std::span<const Elf64_Sym> symbols_;
  std::string_view names_;
  SymbolHash hash_;
  std::vector<std::string_view> wanted_;
  std::vector<std::string_view> weak_;
};

}  // namespace farcall::server
