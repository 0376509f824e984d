#include "server/elf_symbols.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstring>

#include "server/descriptor.h"

namespace farcall::server {
namespace {

std::span<const std::byte> map(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status;
  if (!file || ::fstat(file.get(), &status) == -1) return {};
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) return {};
  return {static_cast<const std::byte*>(mapped), size};
}

bool is_shared_object(const Elf64_Ehdr& header) {
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_type == ET_DYN;
}

}  // namespace

std::unique_ptr<ElfSymbols> ElfSymbols::read(const std::filesystem::path& path) {
  const auto file = map(path);
  if (file.empty()) return nullptr;
  std::unique_ptr<ElfSymbols> symbols(new ElfSymbols(file));
  if (!symbols->read_tables()) return nullptr;
  for (const auto& symbol : symbols->symbols_) symbols->sort(symbol);
  return symbols;
}

ElfSymbols::~ElfSymbols() { ::munmap(const_cast<std::byte*>(file_.data()), file_.size()); }

/// Nothing unless all of it lies in the file, where such things may lie.
template <class T>
std::span<const T> ElfSymbols::array(std::size_t offset, std::size_t size) const {
  if (offset > file_.size() || size > file_.size() - offset || offset % alignof(T) != 0) return {};
  return {reinterpret_cast<const T*>(file_.data() + offset), size / sizeof(T)};
}

bool ElfSymbols::read_tables() {
  const auto header = array<Elf64_Ehdr>(0, sizeof(Elf64_Ehdr));
  if (header.empty() || !is_shared_object(header.front())) return false;
  const auto& file = header.front();
  for (const auto& section : array<Elf64_Shdr>(file.e_shoff, file.e_shnum * sizeof(Elf64_Shdr))) {
    const auto words = [&] { return array<std::uint32_t>(section.sh_offset, section.sh_size); };
    if (section.sh_type == SHT_DYNSYM && !take_symbols(file, section)) return false;
    if (section.sh_type == SHT_GNU_HASH) hash_ = {SymbolHash::Kind::kGnu, words()};
    if (section.sh_type == SHT_HASH && !hash_) hash_ = {SymbolHash::Kind::kSysv, words()};
  }
  return hash_ && !symbols_.empty();
}

bool ElfSymbols::take_symbols(const Elf64_Ehdr& file, const Elf64_Shdr& section) {
  const auto sections = array<Elf64_Shdr>(file.e_shoff, file.e_shnum * sizeof(Elf64_Shdr));
  if (section.sh_link >= sections.size()) return false;
  const auto& strings = sections[section.sh_link];
  const auto names = array<char>(strings.sh_offset, strings.sh_size);
  // So that no name goes on behind them.
  if (names.empty() || names.back() != '\0') return false;
  names_ = {names.data(), names.size()};
  symbols_ = array<Elf64_Sym>(section.sh_offset, section.sh_size);
  return true;
}

std::string_view ElfSymbols::name(const Elf64_Sym& symbol) const {
  if (symbol.st_name >= names_.size()) return {};
  return names_.data() + symbol.st_name;
}

void ElfSymbols::sort(const Elf64_Sym& symbol) {
  const bool weak = ELF64_ST_BIND(symbol.st_info) == STB_WEAK;
  const bool defined = symbol.st_shndx != SHN_UNDEF;
  if (defined != weak || ELF64_ST_BIND(symbol.st_info) == STB_LOCAL) return;
  if (name(symbol).empty()) return;
  (weak ? weak_ : wanted_).push_back(name(symbol));
}

const Elf64_Sym* ElfSymbols::find(const SymbolName& wanted) const {
  const auto found = hash_.find(wanted, [&](std::size_t number) {
    return number < symbols_.size() && symbols_[number].st_shndx != SHN_UNDEF &&
           name(symbols_[number]) == wanted.text();
  });
  return found ? &symbols_[*found] : nullptr;
}

bool ElfSymbols::defines_strongly(const SymbolName& name) const {
  const Elf64_Sym* const symbol = find(name);
  return symbol != nullptr && ELF64_ST_BIND(symbol->st_info) != STB_WEAK;
}

}  // namespace farcall::server
