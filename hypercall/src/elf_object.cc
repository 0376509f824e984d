#include "elf_object.h"

#include <algorithm>

namespace farcall::hypercall {
namespace {

const ElfW(Dyn) * dynamic_section(const dl_phdr_info& info) {
  for (const ElfW(Phdr) & header : std::span(info.dlpi_phdr, info.dlpi_phnum)) {
    if (header.p_type == PT_DYNAMIC)
      return reinterpret_cast<const ElfW(Dyn)*>(info.dlpi_addr + header.p_vaddr);
  }
  return nullptr;
}

/// This hash table tells no number. Its symbols are sorted by bucket, so the last is the end of the
/// chain that begins furthest back; a set lowest bit marks that end.
std::size_t count_in_gnu_hash(const std::uint32_t* table) {
  const std::uint32_t buckets = table[0], first_symbol = table[1], bloom_words = table[2];
  const std::uint32_t* const bucket =
      table + 4 + bloom_words * (sizeof(ElfW(Addr)) / sizeof *table);
  const std::uint32_t* const chain = bucket + buckets;
  std::uint32_t last = buckets == 0 ? 0 : *std::max_element(bucket, chain);
  if (last < first_symbol) return first_symbol;
  while ((chain[last - first_symbol] & 1) == 0) ++last;
  return last + 1;
}

/// `sysv_hash`, where an object has it, tells the number in its second word.
std::size_t count_symbols(const std::uint32_t* sysv_hash, const std::uint32_t* gnu_hash) {
  if (sysv_hash != nullptr) return sysv_hash[1];
  return gnu_hash != nullptr ? count_in_gnu_hash(gnu_hash) : 0;
}

}  // namespace

/// glibc relocates the pointers of a dynamic section as it loads it, unless the section is
/// read-only; other loaders leave them. Those that nobody has relocated lie below the object.
template <class T>
const T* ElfObject::table(const ElfW(Dyn) * dynamic, ElfW(Sxword) tag) const {
  while (dynamic->d_tag != tag && dynamic->d_tag != DT_NULL) ++dynamic;
  if (dynamic->d_tag == DT_NULL) return nullptr;
  const std::uintptr_t pointer = dynamic->d_un.d_ptr;
  return reinterpret_cast<const T*>(pointer < base_ ? base_ + pointer : pointer);
}

std::optional<ElfObject> ElfObject::read(const dl_phdr_info& info) {
  const ElfW(Dyn)* const dynamic = dynamic_section(info);
  if (dynamic == nullptr) return std::nullopt;
  ElfObject object;
  object.path_ = info.dlpi_name;
  object.base_ = info.dlpi_addr;
  object.strings_ = object.table<char>(dynamic, DT_STRTAB);
  const auto* const symbols = object.table<ElfW(Sym)>(dynamic, DT_SYMTAB);
  if (object.strings_ == nullptr || symbols == nullptr) return std::nullopt;
  object.symbols_ = {symbols, count_symbols(object.table<std::uint32_t>(dynamic, DT_HASH),
                                            object.table<std::uint32_t>(dynamic, DT_GNU_HASH))};
  return object;
}

std::optional<std::uintptr_t> ElfObject::find(const std::string& wanted) const {
  for (const ElfW(Sym) & symbol : symbols_) {
    if (symbol.st_shndx != SHN_UNDEF && strings_ + symbol.st_name == wanted) return address(symbol);
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
  std::reverse(objects.begin(), objects.end());
  return objects;
}

}  // namespace farcall::hypercall
