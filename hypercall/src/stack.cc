#include "stack.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace farcall::hypercall {
namespace {

struct Function {
  std::array<char, 256> name;
  std::uintptr_t offset;  ///< of the address in it
};

/// The functions that an object's file has names for, read piece by piece.
class FunctionTable {
 public:
  explicit FunctionTable(const char* path) : fd_(::open(path, O_RDONLY | O_CLOEXEC)) {
    found_ = fd_ >= 0 && (find_table(SHT_SYMTAB) || find_table(SHT_DYNSYM));
  }
  ~FunctionTable() {
    if (fd_ >= 0) ::close(fd_);
  }
  FunctionTable(const FunctionTable&) = delete;
  FunctionTable& operator=(const FunctionTable&) = delete;

  /// The function that `address`, an address of the file, lies in.
  bool find(std::uintptr_t address, Function& function) {
    std::array<ElfW(Sym), 64> symbols;
    for (std::size_t at = 0; found_ && at < symbols_.sh_size; at += sizeof symbols) {
      const std::size_t count = read_some(symbols_.sh_offset + at, symbols.data(), sizeof symbols,
                                          symbols_.sh_size - at) /
                                sizeof symbols[0];
      for (std::size_t i = 0; i < count; ++i) {
        if (contains(symbols[i], address)) return describe(symbols[i], address, function);
      }
      if (count == 0) break;
    }
    return false;
  }

 private:
  static bool contains(const ElfW(Sym) & symbol, std::uintptr_t address) {
    return ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_shndx != SHN_UNDEF &&
           address >= symbol.st_value && address - symbol.st_value < symbol.st_size;
  }

  std::size_t read_some(std::uint64_t offset, void* to, std::size_t size, std::size_t left) const {
    const ssize_t got = ::pread(fd_, to, size < left ? size : left, static_cast<off_t>(offset));
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }

  template <class T>
  bool read_whole(std::uint64_t offset, T& to) const {
    return read_some(offset, &to, sizeof to, sizeof to) == sizeof to;
  }

  bool find_table(unsigned type) {
    ElfW(Ehdr) header;
    if (!read_whole(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return false;
    const auto section = [&](std::size_t index, ElfW(Shdr) & to) {
      return index < header.e_shnum && read_whole(header.e_shoff + index * sizeof to, to);
    };
    for (std::size_t i = 0; section(i, symbols_); ++i) {
      if (symbols_.sh_type == type) return section(symbols_.sh_link, strings_);
    }
    return false;
  }

  bool describe(const ElfW(Sym) & symbol, std::uintptr_t address, Function& function) const {
    function.offset = address - symbol.st_value;
    const std::size_t size = read_some(strings_.sh_offset + symbol.st_name, function.name.data(),
                                       function.name.size(), strings_.sh_size - symbol.st_name);
    if (size == 0) return false;
    function.name[size - 1] = '\0';
    return true;
  }

  int fd_;
  bool found_ = false;
  ElfW(Shdr) symbols_{};
  ElfW(Shdr) strings_{};
};

void print_name(const char* name) {
  int status = 0;
  char* const plain = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::fputs(plain != nullptr ? plain : name, stderr);
  std::free(plain);
}

void print_frame(int number, void* frame) {
  std::fprintf(stderr, "  #%-2d %p ", number, frame);
  Dl_info info{};
  link_map* object = nullptr;
  if (dladdr1(frame, &info, reinterpret_cast<void**>(&object), RTLD_DL_LINKMAP) == 0 ||
      object == nullptr) {
    std::fputs("?\n", stderr);
    return;
  }
  const bool is_program = object->l_name[0] == '\0';
  FunctionTable functions(is_program ? "/proc/self/exe" : object->l_name);
  // What returns to a place was called just before it, maybe as the last thing that a function did.
  const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(frame) - object->l_addr;
  Function function;
  if (functions.find(address - 1, function)) {
    print_name(function.name.data());
    std::fprintf(stderr, "+%#zx", static_cast<std::size_t>(function.offset + 1));
  } else {
    std::fputs("?", stderr);
  }
  std::fprintf(stderr, " (%s+%#zx)\n", is_program ? "the program" : object->l_name,
               static_cast<std::size_t>(address));
}

}  // namespace

void prepare_print_stack() {
  std::array<void*, 1> frame;
  static_cast<void>(backtrace(frame.data(), static_cast<int>(frame.size())));
}

void print_stack() {
  std::array<void*, 64> frames;
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  for (int i = 1; i < count; ++i) print_frame(i - 1, frames[static_cast<std::size_t>(i)]);
}

}  // namespace farcall::hypercall
