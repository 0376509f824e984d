#include <sys/mman.h>

#include <cstdarg>

#include "catch.h"
#include "shim/calls/calls.h"

using namespace farcall::shim;

FARCALL_CATCH void* mmap(void* address, size_t length, int protection, int flags, int fd,
                         off_t offset) noexcept {
  return reinterpret_cast<void*>(
      sysret(calls::mmap(address, length, protection, flags, fd, offset)));
}
FARCALL_ALIAS(mmap64, mmap);
FARCALL_ALIAS(__mmap, mmap);

FARCALL_CATCH int munmap(void* address, size_t length) noexcept {
  return int_ret(calls::munmap(address, length));
}
FARCALL_ALIAS(__munmap, munmap);

FARCALL_CATCH int msync(void* address, size_t length, int flags) {
  return int_ret(calls::msync(address, length, flags));
}

FARCALL_CATCH void* mremap(void* old_address, size_t old_size, size_t new_size, int flags,
                           ...) noexcept {
  void* new_address = nullptr;
  if ((flags & MREMAP_FIXED) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    new_address = va_arg(arguments, void*);
    va_end(arguments);
  }
  return reinterpret_cast<void*>(
      sysret(calls::mremap(old_address, old_size, new_size, flags, new_address)));
}
