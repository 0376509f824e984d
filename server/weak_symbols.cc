#include "server/weak_symbols.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <unordered_set>

#include "server/elf_symbols.h"

namespace farcall::server {
namespace {

using Functions = std::map<std::string, void*, std::less<>>;

/// The functions to be called in the place of weak ones.
Functions strong_functions(const std::vector<LoadedComponent>& components) {
  std::vector<ElfSymbols> symbols;
  std::unordered_set<std::string_view> weak;
  for (const auto& component : components) {
    symbols.push_back(read_elf_symbols(component.path).value_or(ElfSymbols{}));
  }
  for (const auto& each : symbols) weak.insert(each.weak.begin(), each.weak.end());
  Functions functions;
  for (std::size_t i = 0; i < components.size(); ++i) {
    const std::set<std::string_view> stand_ins(symbols[i].weak.begin(), symbols[i].weak.end());
    for (const auto& name : symbols[i].defined) {
      if (!weak.contains(name) || stand_ins.contains(name)) continue;
      functions.try_emplace(name, dlsym(components[i].handle, name.c_str()));
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
  if (components.size() < 2) return;
  const Functions functions = strong_functions(components);
  for (const auto& component : components) {
    link_map* library = nullptr;
    if (dlinfo(component.handle, RTLD_DI_LINKMAP, &library) == 0) bind_calls(*library, functions);
  }
}

}  // namespace farcall::server
