// What the C++ language needs beneath it, on hypercalls: memory, and an end for calls that cannot
// go on. These symbols stay local to the kernel's shared object (kernel/exports.map), so the
// server's own C++ library is not affected.
#include <cstddef>
#include <new>

#include "kernel/core/panic.h"
#include "rump/rumpuser.h"

namespace farcall::kernel {

void panic(const char* message) {
  rumpuser_dprintf("kernel panic: %s\n", message);
  rumpuser_exit(RUMPUSER_PANIC);
}

namespace {

void* allocate(std::size_t size, std::size_t alignment) {
  void* memory = nullptr;
  if (rumpuser_malloc(size == 0 ? 1 : size, static_cast<int>(alignment), &memory) != 0) {
    panic("out of memory");
  }
  return memory;
}

constexpr std::size_t kDefaultAlignment = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

}  // namespace
}  // namespace farcall::kernel

using farcall::kernel::allocate;
using farcall::kernel::kDefaultAlignment;
using farcall::kernel::panic;

void* operator new(std::size_t size) { return allocate(size, kDefaultAlignment); }
void* operator new[](std::size_t size) { return allocate(size, kDefaultAlignment); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, kDefaultAlignment);
}
void operator delete(void* memory) noexcept { rumpuser_free(memory, 0); }
void operator delete[](void* memory) noexcept { rumpuser_free(memory, 0); }
void operator delete(void* memory, std::size_t size) noexcept { rumpuser_free(memory, size); }
void operator delete[](void* memory, std::size_t size) noexcept { rumpuser_free(memory, size); }
void operator delete(void* memory, std::align_val_t) noexcept { rumpuser_free(memory, 0); }
void operator delete(void* memory, std::size_t size, std::align_val_t) noexcept {
  rumpuser_free(memory, size);
}

extern "C" {

[[gnu::visibility("hidden")]] [[noreturn]] void __cxa_pure_virtual() {
  panic("pure virtual function called");
}

[[gnu::visibility("hidden")]] [[noreturn]] void __assert_fail(const char* assertion,
                                                              const char* file, unsigned line,
                                                              const char*) noexcept {
  rumpuser_dprintf("%s:%u: assertion failed\n", file, line);
  panic(assertion);
}

}  // extern "C"

// The containers' own checks end here instead of throwing.
namespace std {
const nothrow_t nothrow;
void __throw_length_error(const char* what) { panic(what); }
void __throw_logic_error(const char* what) { panic(what); }
void __throw_out_of_range(const char* what) { panic(what); }
void __throw_out_of_range_fmt(const char* what, ...) { panic(what); }
void __throw_bad_alloc() { panic("out of memory"); }
void __throw_bad_array_new_length() { panic("array too long"); }
}  // namespace std
