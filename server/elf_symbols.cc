#include "server/elf_symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>
#include <string_view>

#include "server/descriptor.h"

namespace farcall::server {
namespace {

/// A file's bytes, none if it cannot be read; what does not lie in them whole is not there. Mapped,
/// since symbols are a small part of a library.
class Image {
 public:
  explicit Image(const std::filesystem::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status;
    if (!file || ::fstat(file.get(), &status) == -1) return;
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (mapped != MAP_FAILED) bytes_ = {static_cast<const char*>(mapped), size};
  }
  ~Image() {
    if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
  }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;

  template <class T>
  std::optional<T> record(std::size_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }

  std::string_view section(const Elf64_Shdr& header) const {
    if (header.sh_offset > bytes_.size() || header.sh_size > bytes_.size() - header.sh_offset) {
      return {};
    }
    return bytes_.substr(header.sh_offset, header.sh_size);
  }

 private:
  std::string_view bytes_;
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
  const Image image(path);
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
