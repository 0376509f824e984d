// The host's system calls on the host's descriptors, by their own names. All return a value >= 0 or
// -errno.
#pragma once

#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "libc.h"
#include "raw.h"

namespace farcall::shim::host {

inline constexpr size_t kKernelSignalSetSize = 8;

// -- descriptors --
inline long close(int fd) { return raw(SYS_close, fd); }
inline long close_cancellable(int fd) { return through(libc_functions.close, SYS_close, fd); }
inline long dup(int fd) { return raw(SYS_dup, fd); }
inline long dup3(int from, int to, int flags) { return raw(SYS_dup3, from, to, flags); }
inline long close_range(unsigned first, unsigned last, int flags) {
  return raw(SYS_close_range, first, last, flags);
}
inline long fcntl(int fd, int command, unsigned long argument) {
  return through(libc_functions.fcntl, SYS_fcntl, fd, command, argument);
}
inline long ioctl(int fd, unsigned long request, void* argument) {
  return raw(SYS_ioctl, fd, request, argument);
}

// -- input and output --
inline long read(int fd, void* data, size_t size) {
  return through(libc_functions.read, SYS_read, fd, data, size);
}
inline long write(int fd, const void* data, size_t size) {
  return through(libc_functions.write, SYS_write, fd, data, size);
}
inline long readv(int fd, const iovec* vectors, int count) {
  return through(libc_functions.readv, SYS_readv, fd, vectors, count);
}
inline long writev(int fd, const iovec* vectors, int count) {
  return through(libc_functions.writev, SYS_writev, fd, vectors, count);
}
inline long pread(int fd, void* data, size_t size, off_t offset) {
  return through(libc_functions.pread, SYS_pread64, fd, data, size, offset);
}
inline long pwrite(int fd, const void* data, size_t size, off_t offset) {
  return through(libc_functions.pwrite, SYS_pwrite64, fd, data, size, offset);
}

// -- files --
inline long openat(int directory, const char* path, int flags, mode_t mode) {
  return through(libc_functions.openat, SYS_openat, directory, path, flags, mode);
}
inline long memfd_create(const char* name, unsigned flags) {
  return raw(SYS_memfd_create, name, flags);
}
inline long readlink(const char* path, char* buffer, size_t size) {
  return raw(SYS_readlink, path, buffer, size);
}
inline long fstat(int fd, struct stat* buffer) { return raw(SYS_fstat, fd, buffer); }
inline long lseek(int fd, off_t offset, int whence) { return raw(SYS_lseek, fd, offset, whence); }

// -- waiting --
inline long poll(pollfd* fds, nfds_t count, int timeout_ms) {
  return through(libc_functions.poll, SYS_poll, fds, count, timeout_ms);
}
/// Does not change `timeout`, unlike the system call.
inline long ppoll(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  if (libc_functions.ppoll != nullptr)
    return through(libc_functions.ppoll, SYS_ppoll, fds, count, timeout, mask);
  timespec copy = timeout != nullptr ? *timeout : timespec{};
  return raw(SYS_ppoll, fds, count, timeout != nullptr ? &copy : nullptr, mask,
             kKernelSignalSetSize);
}
inline long epoll_wait(int epoll, epoll_event* events, int count, int timeout_ms) {
  return through(libc_functions.epoll_wait, SYS_epoll_wait, epoll, events, count, timeout_ms);
}
inline long epoll_ctl(int epoll, int operation, int fd, epoll_event* event) {
  return raw(SYS_epoll_ctl, epoll, operation, fd, event);
}

// -- the rest --
inline long getpid() { return raw(SYS_getpid); }
[[noreturn]] inline void exit(int status) {
  for (;;) raw(SYS_exit_group, status);
}

}  // namespace farcall::shim::host
