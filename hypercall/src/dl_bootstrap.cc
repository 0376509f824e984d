// Component discovery: what the loaded objects have in the kernel's link sets, and their symbols
// for its symbol table.
#include <string>
#include <utility>
#include <vector>

#include "elf_object.h"
#include "farcall/hypercall.h"
#include "rump/rumpuser.h"

namespace farcall::hypercall {
namespace {

/// The elements of one link set in one object: pointers, between two symbols that the linker makes.
template <class T>
std::span<const T* const> link_set(const ElfObject& object, const std::string& set) {
  const auto begin = object.find("__start_link_set_" + set);
  const auto end = object.find("__stop_link_set_" + set);
  if (!begin || !end) return {};
  return {reinterpret_cast<const T* const*>(*begin), (*end - *begin) / sizeof(T*)};
}

bool is_of_kernel(std::string_view name) {
  return name.starts_with("rump") || name.starts_with("RUMP") || name.starts_with("__");
}

bool is_of_kernel(const ElfObject& object) {
  return object.path().empty() || object.path().find("librump") != std::string::npos;
}

/// The kernel wants absolute values, and names in one table of their own, and keeps the memory.
void load_symbols(rump_symload_fn load) {
  static auto& table = *new std::vector<ElfW(Sym)>;
  static auto& names = *new std::string;
  table.clear();
  names.assign(1, '\0');
  for (const ElfObject& object : loaded_objects()) {
    if (!is_of_kernel(object)) continue;
    for (ElfW(Sym) symbol : object.symbols()) {
      const std::string_view name = object.name(symbol);
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0 || !is_of_kernel(name)) continue;
      symbol.st_name = static_cast<ElfW(Word)>(names.size());
      symbol.st_value = object.address(symbol);
      table.push_back(symbol);
      names.append(name).push_back('\0');
    }
  }
  load(table.data(), table.size() * sizeof table[0], names.data(), names.size());
}

bool symbols_later = false;
/// The kernel's, until it has got its symbols.
rump_symload_fn deferred = nullptr;

}  // namespace
}  // namespace farcall::hypercall

using namespace farcall::hypercall;

void rumpuser_dl_bootstrap(rump_modinit_fn modinit, rump_symload_fn symload,
                           rump_compload_fn compload) {
  deferred = symload;
  if (!symbols_later) farcall_hypercall_load_symbols();
  for (const ElfObject& object : loaded_objects()) {
    if (!is_of_kernel(object)) continue;
    const auto modules = link_set<modinfo>(object, "modules");
    if (modinit != nullptr && !modules.empty()) modinit(modules.data(), modules.size());
    const auto components = link_set<rump_component>(object, "rump_components");
    if (compload == nullptr) continue;
    for (const rump_component* component : components) compload(component);
  }
}

void farcall_hypercall_defer_symbols() { symbols_later = true; }

void farcall_hypercall_load_symbols() {
  symbols_later = false;
  if (const auto load = std::exchange(deferred, nullptr)) load_symbols(load);
}
