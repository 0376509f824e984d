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

/// In memory a table ends where it says that it does.
std::span<const std::uint32_t> words_from(const std::uint32_t* table) {
  constexpr std::size_t kNoEnd = std::size_t{1} << 32;
  return {table, table == nullptr ? 0 : kNoEnd};
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
  object.symbols_ = symbols;
  const auto words = [&](ElfW(Sxword) tag) {
    return words_from(object.table<std::uint32_t>(dynamic, tag));
  };
  object.hash_ = {SymbolHash::Kind::kGnu, words(DT_GNU_HASH)};
  if (!object.hash_) object.hash_ = {SymbolHash::Kind::kSysv, words(DT_HASH)};
  return object;
}

std::optional<std::uintptr_t> ElfObject::find(std::string_view wanted) const {
  const auto found = hash_.find(wanted, [&](std::size_t number) {
    return symbols_[number].st_shndx != SHN_UNDEF && name(symbols_[number]) == wanted;
  });
  if (!found) return std::nullopt;
  return address(symbols_[*found]);
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
