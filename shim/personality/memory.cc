#include "personality/memory.h"

#include <sys/syscall.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

#include "farcall/raw_syscall.h"

namespace farcall::personality {
namespace {

/// process_vm_readv or process_vm_writev on this process: the kernel checks every address on the
/// way.
bool copy(long number, void* own, void* program, std::size_t size) {
  if (size == 0) return true;
  const iovec here{own, size}, there{program, size};
  const long self = raw_syscall(SYS_getpid);
  const long done = raw_syscall(number, self, &here, 1, &there, 1, 0);
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
