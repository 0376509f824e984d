// Reading, writing and the other calls that are much the same on both systems.
#include "personality/netbsd.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "personality/call.h"
#include "personality/descriptor_kind.h"
#include "personality/personality.h"

namespace farcall::personality {
namespace {

/// Linux moves at most this much in one call and says so by a short count; NetBSD would refuse.
constexpr size_t kMostBytes = 0x7ffff000;

/// A new descriptor that is no socket.
Sysret made(Sysret kfd) {
  if (kfd >= 0) remember_kind(static_cast<int>(kfd), DescriptorKind::other);
  return kfd;
}

}  // namespace

Sysret read(int kfd, void* data, size_t size) {
  if (const Sysret error = directory_error(kfd)) return error;
  const iovec vector{data, std::min(size, kMostBytes)};
  return received_packet(kfd, {&vector, 1}, call(NB_SYS_read, kfd, data, vector.iov_len));
}

Sysret write(int kfd, const void* data, size_t size) {
  const iovec vector{const_cast<void*>(data), std::min(size, kMostBytes)};
  if (sends_header(kfd, {&vector, 1})) return personality::sendto(kfd, data, size, 0, nullptr, 0);
  return call(NB_SYS_write, kfd, data, vector.iov_len);
}

Sysret readv(int kfd, const iovec* vectors, int count) {
  if (const Sysret error = directory_error(kfd)) return error;
  const Sysret result = call(NB_SYS_readv, kfd, vectors, count);
  return result <= 0 ? result : received_packet(kfd, {vectors, static_cast<size_t>(count)}, result);
}

Sysret writev(int kfd, const iovec* vectors, int count) {
  if (vectors != nullptr && count > 0 && count <= 1024 &&
      sends_header(kfd, {vectors, static_cast<size_t>(count)})) {
    msghdr message = {};
    message.msg_iov = const_cast<iovec*>(vectors);
    message.msg_iovlen = static_cast<size_t>(count);
    return personality::sendmsg(kfd, &message, 0);
  }
  return call(NB_SYS_writev, kfd, vectors, count);
}

Sysret pread(int kfd, void* data, size_t size, off_t offset) {
  if (const Sysret error = directory_error(kfd)) return error;
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

Sysret close(int kfd) {
  remember_kind(kfd, DescriptorKind::unknown);
  return call(NB_SYS_close, kfd);
}

Sysret dup(int kfd) {
  const Sysret copy = call(NB_SYS_dup, kfd);
  // Asked anew: the original may be a raw socket that this process inherited.
  if (copy >= 0) remember_kind(static_cast<int>(copy), DescriptorKind::unknown);
  return copy;
}

Sysret pipe2(int kfds[2], int flags) {
  if (kfds == nullptr) return -EFAULT;
  // O_DIRECT (packets) has no counterpart: EINVAL, as on Linux kernels without it.
  if ((flags & ~(O_NONBLOCK | O_CLOEXEC)) != 0) return -EINVAL;
  const Sysret result = call(NB_SYS_pipe2, kfds, (flags & O_NONBLOCK) != 0 ? NB_O_NONBLOCK : 0);
  if (result == 0) std::for_each_n(kfds, 2, made);
  return result;
}

Sysret fsync(int kfd) { return call(NB_SYS_fsync, kfd); }

Sysret ftruncate(int kfd, off_t length) { return call(NB_SYS_ftruncate, kfd, 0, length); }

}  // namespace farcall::personality
