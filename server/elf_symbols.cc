#include "server/elf_symbols.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>

namespace farcall::server {
namespace {

/// A file's bytes; what does not lie in them whole is not there.
class Image {
 public:
  explicit Image(std::string bytes) : bytes_(std::move(bytes)) {}

  template <class T>
  std::optional<T> record(std::size_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  std::string_view section(const Elf64_Shdr& header) const {
    const std::string_view all = bytes_;
    if (header.sh_offset > all.size() || header.sh_size > all.size() - header.sh_offset) return {};
    return all.substr(header.sh_offset, header.sh_size);
  }

 private:
  std::string bytes_;
};

std::optional<Elf64_Ehdr> file_header(const Image& image) {
  const auto header = image.record<Elf64_Ehdr>(0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_type != ET_DYN) {
    return std::nullopt;
  }
  return header;
}

std::optional<Elf64_Shdr> section_header(const Image& image, const Elf64_Ehdr& file,
                                         std::size_t index) {
  if (index >= file.e_shnum) return std::nullopt;
  return image.record<Elf64_Shdr>(file.e_shoff + index * sizeof(Elf64_Shdr));
}

std::optional<Elf64_Shdr> symbol_section(const Image& image, const Elf64_Ehdr& file) {
  for (std::size_t index = 0; index < file.e_shnum; ++index) {
    const auto header = section_header(image, file, index);
    if (header && header->sh_type == SHT_DYNSYM) return header;
  }
  return std::nullopt;
}

std::string_view name_at(std::string_view names, std::size_t offset) {
  if (offset >= names.size()) return {};
  return names.substr(offset, names.find('\0', offset) - offset);
}

void sort(std::string_view name, const Elf64_Sym& symbol, ElfSymbols& into) {
  if (name.empty() || ELF64_ST_BIND(symbol.st_info) == STB_LOCAL) return;
  const bool weak = ELF64_ST_BIND(symbol.st_info) == STB_WEAK;
  if (symbol.st_shndx != SHN_UNDEF) {
    into.defined.emplace_back(name);
    if (weak) into.weak.emplace_back(name);
  } else if (!weak) {
    into.wanted.emplace_back(name);
  }
}

}  // namespace

std::optional<ElfSymbols> read_elf_symbols(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const Image image(std::string(std::istreambuf_iterator<char>(file), {}));
  const auto header = file_header(image);
  if (!header) return std::nullopt;
  const auto table = symbol_section(image, *header);
  if (!table) return std::nullopt;
  const auto strings = section_header(image, *header, table->sh_link);
  if (!strings) return std::nullopt;
  const std::string_view names = image.section(*strings);
  const std::size_t size = image.section(*table).size();
  ElfSymbols symbols;
  for (std::size_t offset = 0; offset + sizeof(Elf64_Sym) <= size; offset += sizeof(Elf64_Sym)) {
    const auto symbol = image.record<Elf64_Sym>(table->sh_offset + offset);
    sort(name_at(names, symbol->st_name), *symbol, symbols);
  }
  return symbols;
}

}  // namespace farcall::server
