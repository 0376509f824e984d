#include "route.h"
#include "shim/calls/calls.h"
#include "shim/host/host.h"
#include "shim/host/readable.h"
#include "shim/mappings/shared_mappings.h"
#include "shim/personality/personality.h"
#include "shim/wait/epoll.h"
#include "shim/wait/urgent.h"

namespace farcall::shim::calls {

namespace {

bool is_kernel(int fd) { return descriptors::kernel_fd(fd) >= 0; }

/// route() for calls that consume or produce: edge-triggered epolls hear of them.
template <class Kernel, class Host>
long route_input(int fd, Kernel kernel, Host host) {
  return route(
      fd,
      [&](int kfd) {
        const long result = kernel(kfd);
        epoll::touched(fd, POLLIN | POLLRDNORM);
        urgent::received(kfd);
        return result;
      },
      host);
}

template <class Kernel, class Host>
long route_output(int fd, Kernel kernel, Host host) {
  return route(
      fd,
      [&](int kfd) {
        const long result = kernel(kfd);
        epoll::touched(fd, POLLOUT | POLLWRNORM);
        return result;
      },
      host);
}

/// A vector at an offset, one element after the other: `transfer(data, size, offset)` moves one.
template <class Transfer>
long each_vector(const iovec* vectors, int count, off_t offset, Transfer transfer) {
  if (count < 0 || count > IOV_MAX) return -EINVAL;
  if (!host::can_read(vectors, static_cast<std::size_t>(count) * sizeof *vectors)) return -EFAULT;
  long total = 0;
  for (int i = 0; i < count; ++i) {
    const long moved = transfer(vectors[i].iov_base, vectors[i].iov_len, offset + total);
    if (is_error(moved)) return total > 0 ? total : moved;
    total += moved;
    if (static_cast<size_t>(moved) < vectors[i].iov_len) break;
  }
  return total;
}

constexpr off_t kCurrentPosition = -1;

/// After a write by which the program may have changed a file that it has mapped. Returns `result`.
long wrote_at(int kfd, off_t position, long result) {
  if (result > 0 && mappings::any()) mappings::refresh(kfd, position, static_cast<size_t>(result));
  return result;
}

long wrote(int kfd, long result) {
  if (result <= 0 || !mappings::any()) return result;
  const long end = personality::lseek(kfd, 0, SEEK_CUR);
  return is_error(end) ? result : wrote_at(kfd, end - result, result);
}

/// What is mapped for writing belongs to the file's contents.
long sync_file(int kfd) {
  const long written = mappings::any() ? mappings::write_back_file(kfd) : 0;
  const long synced = personality::fsync(kfd);
  return is_error(synced) ? synced : written;
}

}  // namespace

long read(int fd, void* data, size_t size) {
  return route_input(
      fd, [&](int kfd) { return personality::read(kfd, data, size); },
      [&] { return host::read(fd, data, size); });
}

long write(int fd, const void* data, size_t size) {
  return route_output(
      fd, [&](int kfd) { return wrote(kfd, personality::write(kfd, data, size)); },
      [&] { return host::write(fd, data, size); });
}

long readv(int fd, const iovec* vectors, int count) {
  return route_input(
      fd, [&](int kfd) { return personality::readv(kfd, vectors, count); },
      [&] { return host::readv(fd, vectors, count); });
}

long writev(int fd, const iovec* vectors, int count) {
  return route_output(
      fd, [&](int kfd) { return wrote(kfd, personality::writev(kfd, vectors, count)); },
      [&] { return host::writev(fd, vectors, count); });
}

long pread(int fd, void* data, size_t size, off_t offset) {
  return route(
      fd, [&](int kfd) { return personality::pread(kfd, data, size, offset); },
      [&] { return host::pread(fd, data, size, offset); });
}

long pwrite(int fd, const void* data, size_t size, off_t offset) {
  return route(
      fd,
      [&](int kfd) { return wrote_at(kfd, offset, personality::pwrite(kfd, data, size, offset)); },
      [&] { return host::pwrite(fd, data, size, offset); });
}

long preadv(int fd, const iovec* vectors, int count, off_t offset) {
  return route(
      fd,
      [&](int kfd) {
        return each_vector(vectors, count, offset, [&](void* data, size_t size, off_t at) {
          return personality::pread(kfd, data, size, at);
        });
      },
      [&] {
        return host::through(host::libc_functions.preadv, SYS_preadv, fd, vectors, count, offset);
      });
}

long pwritev(int fd, const iovec* vectors, int count, off_t offset) {
  return route(
      fd,
      [&](int kfd) {
        return each_vector(vectors, count, offset, [&](const void* data, size_t size, off_t at) {
          return wrote_at(kfd, at, personality::pwrite(kfd, data, size, at));
        });
      },
      [&] {
        return host::through(host::libc_functions.pwritev, SYS_pwritev, fd, vectors, count, offset);
      });
}

long preadv2(int fd, const iovec* vectors, int count, off_t offset, int flags) {
  if (!is_kernel(fd)) return host::raw(SYS_preadv2, fd, vectors, count, offset, 0, flags);
  if (flags != 0) return -EOPNOTSUPP;
  return offset == kCurrentPosition ? calls::readv(fd, vectors, count)
                                    : calls::preadv(fd, vectors, count, offset);
}

long pwritev2(int fd, const iovec* vectors, int count, off_t offset, int flags) {
  if (!is_kernel(fd)) return host::raw(SYS_pwritev2, fd, vectors, count, offset, 0, flags);
  if (flags != 0) return -EOPNOTSUPP;
  return offset == kCurrentPosition ? calls::writev(fd, vectors, count)
                                    : calls::pwritev(fd, vectors, count, offset);
}

long lseek(int fd, off_t offset, int whence) {
  return route(
      fd, [&](int kfd) { return personality::lseek(kfd, offset, whence); },
      [&] { return host::lseek(fd, offset, whence); });
}

long fsync(int fd) {
  return route(
      fd, [&](int kfd) { return sync_file(kfd); },
      [&] { return host::through(host::libc_functions.fsync, SYS_fsync, fd); });
}

long fdatasync(int fd) {
  return route(
      fd, [&](int kfd) { return sync_file(kfd); },
      [&] { return host::through(host::libc_functions.fdatasync, SYS_fdatasync, fd); });
}

long ftruncate(int fd, off_t length) {
  return route(
      fd,
      [&](int kfd) {
        const long result = personality::ftruncate(kfd, length);
        if (result == 0 && mappings::any()) mappings::truncate(kfd, length);
        return result;
      },
      [&] { return host::raw(SYS_ftruncate, fd, length); });
}

long splice(int from, off64_t* from_offset, int to, off64_t* to_offset, size_t size,
            unsigned flags) {
  if (is_kernel(from) || is_kernel(to)) return -EINVAL;
  return host::raw(SYS_splice, from, from_offset, to, to_offset, size, flags);
}

long tee(int from, int to, size_t size, unsigned flags) {
  if (is_kernel(from) || is_kernel(to)) return -EINVAL;
  return host::raw(SYS_tee, from, to, size, flags);
}

long vmsplice(int fd, const iovec* vectors, size_t count, unsigned flags) {
  if (is_kernel(fd)) return -EBADF;
  return host::raw(SYS_vmsplice, fd, vectors, count, flags);
}

long copy_file_range(int from, off64_t* from_offset, int to, off64_t* to_offset, size_t size,
                     unsigned flags) {
  if (is_kernel(from) != is_kernel(to)) return -EXDEV;
  if (is_kernel(from)) return -EOPNOTSUPP;
  return host::raw(SYS_copy_file_range, from, from_offset, to, to_offset, size, flags);
}

}  // namespace farcall::shim::calls
