#include "personality/memory.h"

#include <sys/syscall.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace farcall::personality {
namespace {

/// The system call itself: libc's syscall() is one of the functions that the preloaded library
/// catches.
long raw_call(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

long address_of(const void* pointer) {
  return static_cast<long>(reinterpret_cast<std::size_t>(pointer));
}

/// process_vm_readv or process_vm_writev on this process: the kernel checks every address on the
/// way.
bool copy(long number, void* own, void* program, std::size_t size) {
  if (size == 0) return true;
  const iovec here{own, size}, there{program, size};
  const long self = raw_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
  const long done = raw_call(number, self, address_of(&here), 1, address_of(&there), 1, 0);
  if (done != -ENOSYS && done != -EPERM) return done == static_cast<long>(size);
  // Not to be had in this sandbox: then as any library function would do it.
  const bool reading = number == SYS_process_vm_readv;
  std::memcpy(reading ? own : program, reading ? program : own, size);
  return true;
}

}  // namespace

bool load(void* to, const void* program, std::size_t size) {
  return copy(SYS_process_vm_readv, to, const_cast<void*>(program), size);
}

bool store(void* program, const void* from, std::size_t size) {
  return copy(SYS_process_vm_writev, const_cast<void*>(from), program, size);
}

}  // namespace farcall::personality
