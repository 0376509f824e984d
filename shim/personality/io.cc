// Reading, writing and the other calls that are much the same on both systems.
#include "personality/netbsd.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "personality/call.h"
#include "personality/flags.h"
#include "personality/personality.h"

namespace farcall::personality {
namespace {

/// Linux moves at most this much in one call and says so by a short count; NetBSD would refuse.
constexpr size_t kMostBytes = 0x7ffff000;

}  // namespace

Sysret read(int kfd, void* data, size_t size) {
  return call(NB_SYS_read, kfd, data, std::min(size, kMostBytes));
}

Sysret write(int kfd, const void* data, size_t size) {
  return call(NB_SYS_write, kfd, data, std::min(size, kMostBytes));
}

Sysret readv(int kfd, const iovec* vectors, int count) {
  return call(NB_SYS_readv, kfd, vectors, count);
}

Sysret writev(int kfd, const iovec* vectors, int count) {
  return call(NB_SYS_writev, kfd, vectors, count);
}

Sysret pread(int kfd, void* data, size_t size, off_t offset) {
  return call(NB_SYS_pread, kfd, data, std::min(size, kMostBytes), 0, offset);
}

Sysret pwrite(int kfd, const void* data, size_t size, off_t offset) {
  return call(NB_SYS_pwrite, kfd, data, std::min(size, kMostBytes), 0, offset);
}

Sysret lseek(int kfd, off_t offset, int whence) {
  // SEEK_DATA and SEEK_HOLE have other numbers there, and no file system of these kernels has holes
  // to tell of.
  if (whence < SEEK_SET || whence > SEEK_END) return -EINVAL;
  return call(NB_SYS_lseek, kfd, 0, offset, whence);
}

Sysret open(const char* path, int flags, mode_t mode) {
  if (path == nullptr) return -EFAULT;
  const auto netbsd_flags = open_flags_to_netbsd(flags);
  if (!netbsd_flags) return -netbsd_flags.code();
  return call(NB_SYS_open, path, *netbsd_flags, mode);
}

Sysret close(int kfd) { return call(NB_SYS_close, kfd); }

Sysret dup(int kfd) { return call(NB_SYS_dup, kfd); }

Sysret pipe2(int kfds[2], int flags) {
  if (kfds == nullptr) return -EFAULT;
  // O_DIRECT (packets) has no counterpart: EINVAL, as on Linux kernels without it.
  if ((flags & ~(O_NONBLOCK | O_CLOEXEC)) != 0) return -EINVAL;
  return call(NB_SYS_pipe2, kfds, (flags & O_NONBLOCK) != 0 ? NB_O_NONBLOCK : 0);
}

Sysret fsync(int kfd) { return call(NB_SYS_fsync, kfd); }

Sysret ftruncate(int kfd, off_t length) { return call(NB_SYS_ftruncate, kfd, 0, length); }

}  // namespace farcall::personality
