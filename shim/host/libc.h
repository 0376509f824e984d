// The C library's own functions behind the names that this library takes over.
//
// Calls that may sleep go on through libc once its addresses are known, because libc makes
// cancellation points of them; until then (a constructor or an allocator of another library may run
// before ours) the raw system call does.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <glob.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "raw.h"

/// siglongjmp with a look at where it leads (_FORTIFY_SOURCE); no header has it.
extern "C" [[noreturn]] void __longjmp_chk(__jmp_buf_tag* target, int value) noexcept;

namespace farcall::shim::host {

// The formatter would take the list for an expression.
// clang-format off
/// Every function of libc that this library calls under a name that it also exports.
#define FARCALL_LIBC_FUNCTIONS(X) \
  X(read) X(write) X(readv) X(writev) X(pread) X(pwrite) X(preadv) X(pwritev) X(sendto) \
  X(sendmsg) X(sendmmsg) X(recvfrom) X(recvmsg) X(recvmmsg) X(accept4) X(connect) X(openat) \
  X(close) X(fcntl) X(fsync) X(fdatasync) X(poll) X(ppoll) X(select) X(pselect) X(epoll_wait) \
  X(epoll_pwait) X(fork) X(_Fork) X(clone) X(posix_spawn) X(posix_spawnp) X(waitpid) X(fopen) \
  X(fdopen) X(fileno) X(vdprintf) X(fclose) X(freopen) X(opendir) X(readdir) X(readdir64) X(closedir) \
  X(rewinddir) X(dirfd) X(isatty) X(ttyname) X(ttyname_r) X(tcgetattr) X(tcsetattr) \
  X(getaddrinfo) X(getifaddrs) X(freeifaddrs) X(if_nametoindex) X(if_indextoname) \
  X(if_nameindex) X(if_freenameindex) X(fchmodat) X(fdopendir) X(telldir) X(seekdir) X(scandir) \
  X(scandirat) X(glob) X(nftw) X(ftw) X(fts_open) X(fts_read) X(fts_children) X(fts_close) \
  X(realpath) X(pathconf) X(fpathconf) X(posix_fallocate) \
  X(mkostemps) X(mkdtemp) X(getcwd) X(get_current_dir_name) X(statvfs) X(fstatvfs) X(siglongjmp) X(__longjmp_chk)
// clang-format on

struct Libc {
#define FARCALL_MEMBER(name) decltype(&::name) name;
  FARCALL_LIBC_FUNCTIONS(FARCALL_MEMBER)
#undef FARCALL_MEMBER
};

/// Null members before resolve_libc().
extern constinit Libc libc_functions;

/// Looks all of them up, in the objects behind this library in the search order. Called by our
/// constructor; may be called again.
void resolve_libc();

/// For functions that no system call can stand for: looked up at once when a caller is earlier than
/// our constructor.
inline const Libc& libc() {
  if (libc_functions.waitpid == nullptr) [[unlikely]]
    resolve_libc();
  return libc_functions;
}

/// The libc function when it is known, else the system call `number`. As raw().
template <class Function, class... Args>
inline long through(Function function, long number, Args... args) {
  if (function == nullptr) [[unlikely]]
    return raw(number, args...);
  const auto result = function(args...);
  return result == -1 ? -errno : static_cast<long>(result);
}

}  // namespace farcall::shim::host
