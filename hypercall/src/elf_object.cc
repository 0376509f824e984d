#include "elf_object.h"

#include <algorithm>
#include <cstring>

namespace farcall::hypercall {

namespace {

struct DynamicTable {
  std::uintptr_t symbols = 0;
  std::uintptr_t strings = 0;
  std::size_t strings_size = 0;
  std::uintptr_t sysv_hash = 0;
  std::uintptr_t gnu_hash = 0;
};

DynamicTable parse(const ElfW(Dyn) * entry) {
  DynamicTable table;
  for (; entry->d_tag != DT_NULL; ++entry) {
    switch (entry->d_tag) {
      case DT_SYMTAB:
        table.symbols = entry->d_un.d_ptr;
        break;
      case DT_STRTAB:
        table.strings = entry->d_un.d_ptr;
        break;
      case DT_STRSZ:
        table.strings_size = entry->d_un.d_val;
        break;
      case DT_HASH:
        table.sysv_hash = entry->d_un.d_ptr;
        break;
      case DT_GNU_HASH:
        table.gnu_hash = entry->d_un.d_ptr;
        break;
      default:
        break;
    }
  }
  return table;
}

}  // namespace

bool ElfObject::contains(std::uintptr_t begin, std::uintptr_t size) const {
  return std::any_of(segments_.begin(), segments_.end(), [&](const Segment& segment) {
    return begin >= segment.begin && size <= segment.size &&
           begin - segment.begin <= segment.size - size;
  });
}

/// glibc relocates the pointers of a dynamic section as it loads it, unless the section is
/// read-only; other loaders leave them. Whichever it was, only one reading falls into the object.
std::uintptr_t ElfObject::resolve(std::uintptr_t pointer) const {
  return contains(pointer, 1) ? pointer : base_ + pointer;
}

template <class T>
std::optional<T> ElfObject::value_at(std::uintptr_t address) const {
  if (!contains(address, sizeof(T))) return std::nullopt;
  T value;
  std::memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
  return value;
}

/// The table's second word is the length of its chain, which has an entry for each symbol.
std::size_t ElfObject::count_in_sysv_hash(std::uintptr_t table) const {
  return value_at<std::uint32_t>(table + sizeof(std::uint32_t)).value_or(0);
}

/// This table tells no number. Its symbols are sorted by bucket, so the last is the end of the
/// chain that begins furthest back; a set lowest bit marks that end.
std::size_t ElfObject::count_in_gnu_hash(std::uintptr_t table) const {
  struct Header {
    std::uint32_t buckets, first_symbol, bloom_words, bloom_shift;
  };
  const auto header = value_at<Header>(table);
  if (!header) return 0;
  const std::uintptr_t buckets = table + sizeof(Header) + header->bloom_words * sizeof(ElfW(Addr));
  const std::uintptr_t chains = buckets + header->buckets * sizeof(std::uint32_t);

  std::uint32_t last = 0;
  for (std::uint32_t bucket = 0; bucket < header->buckets; ++bucket) {
    const auto first = value_at<std::uint32_t>(buckets + bucket * sizeof(std::uint32_t));
    if (!first) return 0;
    last = std::max(last, *first);
  }
  if (last < header->first_symbol) return header->first_symbol;
  for (;; ++last) {
    const auto hash =
        value_at<std::uint32_t>(chains + (last - header->first_symbol) * sizeof(std::uint32_t));
    if (!hash) return 0;
    if ((*hash & 1) != 0) return last + 1;
  }
}

bool ElfObject::read_dynamic(const ElfW(Dyn) * entries) {
  const DynamicTable table = parse(entries);
  if (table.symbols == 0 || table.strings == 0) return false;
  std::size_t count = 0;
  if (table.sysv_hash != 0) {
    count = count_in_sysv_hash(resolve(table.sysv_hash));
  } else if (table.gnu_hash != 0) {
    count = count_in_gnu_hash(resolve(table.gnu_hash));
  }
  const std::uintptr_t symbols = resolve(table.symbols);
  const std::uintptr_t strings = resolve(table.strings);
  if (!contains(symbols, count * sizeof(ElfW(Sym))) || !contains(strings, table.strings_size))
    return false;
  symbols_ = {reinterpret_cast<const ElfW(Sym)*>(symbols), count};
  strings_ = {reinterpret_cast<const char*>(strings), table.strings_size};
  return true;
}

std::optional<ElfObject> ElfObject::read(const dl_phdr_info& info) {
  ElfObject object;
  object.path_ = info.dlpi_name;
  object.base_ = info.dlpi_addr;
  const ElfW(Dyn)* dynamic = nullptr;
  for (const ElfW(Phdr) & header : std::span(info.dlpi_phdr, info.dlpi_phnum)) {
    const std::uintptr_t begin = info.dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_LOAD) object.segments_.push_back({begin, header.p_memsz});
    if (header.p_type == PT_DYNAMIC) dynamic = reinterpret_cast<const ElfW(Dyn)*>(begin);
  }
  if (dynamic == nullptr || !object.read_dynamic(dynamic)) return std::nullopt;
  return object;
}

std::string_view ElfObject::name(const ElfW(Sym) & symbol) const {
  if (symbol.st_name >= strings_.size()) return {};
  const std::string_view rest = strings_.substr(symbol.st_name);
  return rest.substr(0, rest.find('\0'));
}

std::optional<std::uintptr_t> ElfObject::find(std::string_view wanted) const {
  for (const ElfW(Sym) & symbol : symbols_) {
    if (symbol.st_shndx != SHN_UNDEF && name(symbol) == wanted) return address(symbol);
  }
  return std::nullopt;
}

std::vector<ElfObject> loaded_objects() {
  std::vector<ElfObject> objects;
  const auto add = [](dl_phdr_info* info, std::size_t, void* list) {
    if (auto object = ElfObject::read(*info)) {
      static_cast<std::vector<ElfObject>*>(list)->push_back(*std::move(object));
    }
    return 0;
  };
  ::dl_iterate_phdr(add, &objects);
  return objects;
}

}  // namespace farcall::hypercall
