#include "stack.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unwind.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace farcall::hypercall {
namespace {

constexpr int kMostFrames = 64;

struct SymbolTable {
  std::span<const ElfW(Sym)> symbols;
  const char* names = nullptr;
};

/// The file of a loaded object. It stays mapped: the process is about to end.
const char* map_file(const char* path) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd == -1 || ::fstat(fd, &status) == -1) return nullptr;
  void* const file =
      ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
  ::close(fd);
  return file == MAP_FAILED ? nullptr : static_cast<const char*>(file);
}

/// All symbols, or those that the object exports if it is stripped.
SymbolTable find_symbols(const char* file) {
  const auto& header = *reinterpret_cast<const ElfW(Ehdr)*>(file);
  const std::span sections(reinterpret_cast<const ElfW(Shdr)*>(file + header.e_shoff),
                           header.e_shnum);
  for (const unsigned type : {SHT_SYMTAB, SHT_DYNSYM}) {
    for (const ElfW(Shdr) & section : sections) {
      if (section.sh_type != type) continue;
      return {.symbols = {reinterpret_cast<const ElfW(Sym)*>(file + section.sh_offset),
                          section.sh_size / sizeof(ElfW(Sym))},
              .names = file + sections[section.sh_link].sh_offset};
    }
  }
  return {};
}

bool contains(const ElfW(Sym) & symbol, std::uintptr_t address) {
  return ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_shndx != SHN_UNDEF &&
         address >= symbol.st_value && address - symbol.st_value < symbol.st_size;
}

void print_name(const char* name) {
  int status = 0;
  char* const plain = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::fputs(plain != nullptr ? plain : name, stderr);
  std::free(plain);
}

/// The function that `address`, an address of the file, was returned to.
void print_function(const char* path, std::uintptr_t address) {
  const char* const file = map_file(path);
  const SymbolTable table = file == nullptr ? SymbolTable() : find_symbols(file);
  for (const ElfW(Sym) & symbol : table.symbols) {
    // The call is just before it, and may be the last thing that the function does.
    if (!contains(symbol, address - 1)) continue;
    print_name(table.names + symbol.st_name);
    std::fprintf(stderr, "+%#zx", static_cast<std::size_t>(address - symbol.st_value));
    return;
  }
  std::fputs("?", stderr);
}

void print_frame(int number, std::uintptr_t frame) {
  std::fprintf(stderr, "  #%-2d %#zx ", number, static_cast<std::size_t>(frame));
  Dl_info info{};
  link_map* object = nullptr;
  if (dladdr1(reinterpret_cast<void*>(frame), &info, reinterpret_cast<void**>(&object),
              RTLD_DL_LINKMAP) == 0 ||
      object == nullptr) {
    std::fputs("?\n", stderr);
    return;
  }
  const bool is_program = object->l_name[0] == '\0';
  const std::uintptr_t address = frame - object->l_addr;
  print_function(is_program ? "/proc/self/exe" : object->l_name, address);
  std::fprintf(stderr, " (%s+%#zx)\n", is_program ? "the program" : object->l_name,
               static_cast<std::size_t>(address));
}

}  // namespace

void print_stack() {
  int number = -2;  // The first is this function.
  const auto next = [](_Unwind_Context* context, void* last) {
    const _Unwind_Ptr address = _Unwind_GetIP(context);
    int& present = *static_cast<int*>(last);
    if (address == 0 || ++present == kMostFrames) return _URC_END_OF_STACK;
    if (present >= 0) print_frame(present, address);
    return _URC_NO_REASON;
  };
  _Unwind_Backtrace(next, &number);
}

}  // namespace farcall::hypercall
