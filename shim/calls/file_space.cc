// Room for files, and advice about them.

#include "route.h"
#include "shim/calls/calls.h"
#include "shim/host/host.h"
#include "shim/personality/personality.h"

namespace farcall::shim::calls {

namespace {

constexpr off_t kBlock = 512;  // no file system of the kernel has smaller ones

/// A byte that is read and written back makes its block a real one.
long allocate_block(int kfd, off_t offset) {
  char byte = 0;
  const long got = personality::pread(kfd, &byte, 1, offset);
  return is_error(got) ? got : personality::pwrite(kfd, &byte, 1, offset);
}

/// As libc does it for file systems without fallocate: one byte in each block.
long allocate(int kfd, off_t offset, off_t length) {
  for (off_t at = offset; at < offset + length; at += kBlock) {
    const long result = allocate_block(kfd, at);
    if (is_error(result)) return result;
  }
  const long last = allocate_block(kfd, offset + length - 1);
  return is_error(last) ? last : 0;
}

}  // namespace

long fallocate(int fd, int mode, off_t offset, off_t length) {
  return route(
      fd, [](int) -> long { return -EOPNOTSUPP; },
      [&] { return host::raw(SYS_fallocate, fd, mode, offset, length); });
}

long posix_fallocate(int fd, off_t offset, off_t length) {
  return route(
      fd,
      [&](int kfd) -> long {
        if (offset < 0 || length <= 0) return -EINVAL;
        off_t end = 0;
        return __builtin_add_overflow(offset, length, &end) ? -EFBIG
                                                            : allocate(kfd, offset, length);
      },
      [&]() -> long { return -host::libc().posix_fallocate(fd, offset, length); });
}

long fadvise64(int fd, off_t offset, off_t length, int advice) {
  return route(
      fd, [](int) { return 0; },
      [&] { return host::raw(SYS_fadvise64, fd, offset, length, advice); });
}

long sync_file_range(int fd, off_t offset, off_t length, unsigned flags) {
  return route(
      fd, [](int kfd) { return personality::fsync(kfd); },
      [&] { return host::raw(SYS_sync_file_range, fd, offset, length, flags); });
}

}  // namespace farcall::shim::calls
