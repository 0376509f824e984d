// The program's descriptors: which are the kernel's, and every way to make, copy and close one.
// Linux's rules hold: the lowest free number, dup2 onto anything, close-on-exec per descriptor.
//
// All results are as a raw Linux system call's: a value >= 0 or -errno. kernel_fd() and any() take
// no lock; the others take the table's lock with all signals blocked, so that signal handlers may
// close and duplicate.
#pragma once

#include "table.h"

namespace farcall::shim::descriptors {

namespace detail {
extern constinit DescriptorTable table;
}

/// The kernel descriptor that `fd` stands for, or -1 for a descriptor of the host (or none at all).
inline int kernel_fd(int fd) { return detail::table.kernel_fd(fd); }
/// True while any descriptor is the kernel's.
inline bool any() { return detail::table.any(); }
/// True for an epoll instance that watch() was called for.
inline bool is_watched(int fd) { return detail::table.is_watched(fd); }
/// Has on_close told of the closing of `fd`, a host descriptor.
long watch(int fd);

/// Gives the kernel descriptor `kfd` a host descriptor. Takes `kfd` over: on failure it is closed
/// in the kernel.
long adopt(int kfd, bool close_on_exec);
/// The same under the number of `fd`, a host descriptor, which is closed, on failure, too.
long adopt_at(int kfd, int fd, bool close_on_exec);
/// Two at once, as pipe(2) and socketpair(2) make them. 0 or -errno; on failure both are closed.
long adopt_pair(const int kfds[2], bool close_on_exec, int fds[2]);

/// fcntl(F_DUPFD, F_DUPFD_CLOEXEC) and dup(2), for descriptors of both kinds.
long duplicate(int fd, int lowest, bool close_on_exec);
/// dup3(2) with dup2(2)'s leave to name the same descriptor twice.
long replace(int from, int to, int flags);
long close(int fd);
long close_range(unsigned first, unsigned last, unsigned flags);

/// After exec: finds the placeholders that were inherited. Every kernel descriptor that none of
/// them names can then be closed; is_named() tells. 0 or -errno.
long rebuild();
bool is_named(int kfd);

/// True when `fd` is a host descriptor of our own, which the program must not close.
bool is_internal(int fd);
/// Moves a host descriptor of our own out of the program's way, to a high number, close-on-exec,
/// and protects it.
long make_internal(int fd);
void close_internal(int fd);

/// Told, without any lock held, that `fd`, a kernel descriptor or a watched one, has been closed or
/// replaced.
using CloseListener = void (*)(int fd);
void on_close(CloseListener listener);

/// Told, without any lock held, that the kernel descriptor `kfd` is about to be closed.
using KernelCloseListener = void (*)(int kfd);
void on_kernel_close(KernelCloseListener listener);

/// Told, without any lock held, that `fd`, which is 0, 1 or 2, has come to stand for a kernel
/// descriptor.
using StandardListener = void (*)(int fd);
void on_standard(StandardListener listener);

/// Around fork: the table stands still, and the child finds it unlocked.
void before_fork();
void after_fork();

}  // namespace farcall::shim::descriptors
