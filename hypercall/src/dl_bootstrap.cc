// Component discovery: what the loaded objects have in the kernel's link sets, and their symbols
// for its symbol table.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>
#include <vector>

#include "elf_object.h"
#include "fatal.h"
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

/// The symbol table as the kernel wants it: absolute values, and names in one table of their own.
class SymbolTable {
 public:
  void add(const ElfObject& object) {
    for (const ElfW(Sym) & symbol : object.symbols()) {
      const std::string_view name = object.name(symbol);
      if (symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0 || !is_of_kernel(name)) continue;
      ElfW(Sym) absolute = symbol;
      absolute.st_name = static_cast<ElfW(Word)>(names_.size());
      absolute.st_value = object.address(symbol);
      symbols_.push_back(absolute);
      names_.append(name).push_back('\0');
    }
  }

  /// The kernel keeps the memory that it is given, for ever.
  void hand_over(rump_symload_fn load) {
    const std::size_t size = symbols_.size() * sizeof(ElfW(Sym));
    load(copy(symbols_.data(), size), size, static_cast<char*>(copy(names_.data(), names_.size())),
         names_.size());
  }

 private:
  static bool is_of_kernel(std::string_view name) {
    return name.starts_with("rump") || name.starts_with("RUMP") || name.starts_with("__");
  }
  static void* copy(const void* from, std::size_t size) {
    void* const memory = std::malloc(size);
    if (memory == nullptr) fatal("no memory for the kernel's symbol table");
    return std::memcpy(memory, from, size);
  }

  std::vector<ElfW(Sym)> symbols_;
  std::string names_ = std::string(1, '\0');
};

bool is_of_kernel(const ElfObject& object) {
  return object.path().empty() || object.path().find("librump") != std::string::npos;
}

void load_symbols(const std::vector<ElfObject>& objects, rump_symload_fn load) {
  SymbolTable table;
  for (const ElfObject& object : objects) {
    if (is_of_kernel(object)) table.add(object);
  }
  table.hand_over(load);
}

}  // namespace
}  // namespace farcall::hypercall

using namespace farcall::hypercall;

void rumpuser_dl_bootstrap(rump_modinit_fn modinit, rump_symload_fn symload,
                           rump_compload_fn compload) {
  // What is loaded last is most likely what others depend on.
  std::vector<ElfObject> objects = loaded_objects();
  std::reverse(objects.begin(), objects.end());
  if (symload != nullptr) load_symbols(objects, symload);
  for (const ElfObject& object : objects) {
    const auto modules = link_set<modinfo>(object, "modules");
    if (modinit != nullptr && !modules.empty()) modinit(modules.data(), modules.size());
    const auto components = link_set<rump_component>(object, "rump_components");
    if (compload == nullptr) continue;
    for (const rump_component* component : components) compload(component);
  }
}
