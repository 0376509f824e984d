#include "server/weak_symbols.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <unordered_map>

namespace farcall::server {
namespace {

using Functions = std::unordered_map<std::string_view, void*>;

/// The functions to be called in the place of weak ones.
Functions strong_functions(const std::vector<LoadedComponent>& components) {
  Functions functions;
  for (const auto& component : components) {
    if (component.library.symbols == nullptr) continue;
    for (const auto name : component.library.symbols->weak()) {
      const SymbolName wanted = name;
      const auto strong = std::ranges::find_if(components, [&](const LoadedComponent& other) {
        return other.library.symbols != nullptr && other.library.symbols->defines_strongly(wanted);
      });
      if (strong == components.end()) continue;
      functions.try_emplace(name, dlsym(strong->handle, name.data()));
    }
  }
  return functions;
}

/// A library's calls of others, as the dynamic linker finds them in its dynamic section.
struct CallTable {
  const Elf64_Rela* calls = nullptr;
  std::size_t count = 0;
  const Elf64_Sym* symbols = nullptr;
  const char* names = nullptr;
};

CallTable call_table(const link_map& library) {
  CallTable table;
  for (const Elf64_Dyn* entry = library.l_ld; entry->d_tag != DT_NULL; ++entry) {
    const auto address = entry->d_un.d_ptr;  // glibc has relocated these
    switch (entry->d_tag) {
      case DT_JMPREL:
        table.calls = reinterpret_cast<const Elf64_Rela*>(address);
        break;
      case DT_PLTRELSZ:
        table.count = entry->d_un.d_val / sizeof(Elf64_Rela);
        break;
      case DT_SYMTAB:
        table.symbols = reinterpret_cast<const Elf64_Sym*>(address);
        break;
      case DT_STRTAB:
        table.names = reinterpret_cast<const char*>(address);
        break;
      default:
        break;
    }
  }
  return table;
}

void bind_calls(const link_map& library, const Functions& functions) {
  const CallTable table = call_table(library);
  for (std::size_t i = 0; table.calls != nullptr && i < table.count; ++i) {
    const Elf64_Rela& call = table.calls[i];
    if (ELF64_R_TYPE(call.r_info) != R_X86_64_JUMP_SLOT) continue;
    const auto found = functions.find(
        std::string_view(table.names + table.symbols[ELF64_R_SYM(call.r_info)].st_name));
    if (found != functions.end()) {
      *reinterpret_cast<void**>(library.l_addr + call.r_offset) = found->second;
    }
  }
}

}  // namespace

void prefer_strong_symbols(const std::vector<LoadedComponent>& components) {
  const Functions functions = strong_functions(components);
  if (functions.empty()) return;
  for (const auto& component : components) {
    link_map* library = nullptr;
    if (dlinfo(component.handle, RTLD_DI_LINKMAP, &library) == 0) bind_calls(*library, functions);
  }
}

}  // namespace farcall::server
