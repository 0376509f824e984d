// syscall(2): programs and runtimes (libuv, for one) that make calls by number, past libc's
// functions.
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdarg>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "catch.h"
#include "shim/calls/calls.h"
#include "shim/host/raw.h"
#include "shim/process/exec.h"
#include "shim/process/fork.h"
#include "shim/process/sandbox.h"

using namespace farcall::shim;

namespace {

constexpr std::size_t kMostArguments = 6;
using Words = std::array<long, kMostArguments>;

template <class T>
T from_word(long word) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<T>(word);
  } else {
    return static_cast<T>(word);
  }
}

template <class... P, std::size_t... I>
long apply(long (*function)(P...), const Words& words, std::index_sequence<I...>) {
  return function(from_word<P>(words[I])...);
}

/// A function of calls/ with its arguments taken from words. The types do the rest.
template <auto function>
long by_words(const Words& words) {
  return []<class... P>(long (*typed)(P...), const Words& all) {
    return apply(typed, all, std::index_sequence_for<P...>{});
  }(function, words);
}

// The numbers whose arguments differ from those of the function in calls/.

long accept(int fd, sockaddr* address, socklen_t* length) {
  return calls::accept4(fd, address, length, 0);
}
long open(const char* path, int flags, mode_t mode) {
  return calls::openat(AT_FDCWD, path, flags, mode);
}
long creat(const char* path, mode_t mode) { return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
long stat(const char* path, struct stat* buffer) {
  return calls::fstatat(AT_FDCWD, path, buffer, 0);
}
long lstat(const char* path, struct stat* buffer) {
  return calls::fstatat(AT_FDCWD, path, buffer, AT_SYMLINK_NOFOLLOW);
}
long access(const char* path, int mode) { return calls::faccessat(AT_FDCWD, path, mode, 0); }
long faccessat(int directory, const char* path, int mode) {
  return calls::faccessat(directory, path, mode, 0);
}
long readlink(const char* path, char* buffer, size_t size) {
  return calls::readlinkat(AT_FDCWD, path, buffer, size);
}
long mkdir(const char* path, mode_t mode) { return calls::mkdirat(AT_FDCWD, path, mode); }
long unlink(const char* path) { return calls::unlinkat(AT_FDCWD, path, 0); }
long rmdir(const char* path) { return calls::unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
long rename(const char* from, const char* to) {
  return calls::renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}
long renameat(int from_directory, const char* from, int to_directory, const char* to) {
  return calls::renameat2(from_directory, from, to_directory, to, 0);
}
long link(const char* from, const char* to) {
  return calls::linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}
long symlink(const char* target, const char* path) {
  return calls::symlinkat(target, AT_FDCWD, path);
}
long mknod(const char* path, mode_t mode, dev_t device) {
  return calls::mknodat(AT_FDCWD, path, mode, device);
}
long chmod(const char* path, mode_t mode) { return calls::fchmodat(AT_FDCWD, path, mode, 0); }
long fchmodat(int directory, const char* path, mode_t mode) {
  return calls::fchmodat(directory, path, mode, 0);
}
long chown(const char* path, uid_t owner, gid_t group) {
  return calls::fchownat(AT_FDCWD, path, owner, group, 0);
}
long lchown(const char* path, uid_t owner, gid_t group) {
  return calls::fchownat(AT_FDCWD, path, owner, group, AT_SYMLINK_NOFOLLOW);
}
long execve(const char* path, char* const* argv, char* const* environment) {
  return process::exec(AT_FDCWD, path, argv, environment, 0);
}
long execveat(int directory, const char* path, char* const* argv, char* const* environment,
              int flags) {
  return process::exec(directory, path, argv, environment, flags);
}
/// The sixth argument is a mask and its size behind one pointer.
struct SizedMask {
  const sigset_t* mask;
  size_t size;
};
long pselect6(int count, fd_set* read, fd_set* write, fd_set* except, const timespec* timeout,
              const SizedMask* sized) {
  return calls::pselect(count, read, write, except, timeout,
                        sized != nullptr ? sized->mask : nullptr);
}
/// -ENOSYS has callers use clone(2), of which less can go wrong.
long clone3() { return -ENOSYS; }

struct Row {
  long number;
  long (*call)(const Words& words);
};

#define FARCALL_ROW(name) \
  Row { SYS_##name, by_words<&calls::name> }
#define FARCALL_OWN_ROW(name) \
  Row { SYS_##name, by_words<&name> }

constexpr Row kRows[] = {
    FARCALL_ROW(read),
    FARCALL_ROW(write),
    FARCALL_ROW(readv),
    FARCALL_ROW(writev),
    Row{SYS_pread64, by_words<&calls::pread>},
    Row{SYS_pwrite64, by_words<&calls::pwrite>},
    FARCALL_ROW(preadv),
    FARCALL_ROW(pwritev),
    FARCALL_ROW(lseek),
    FARCALL_ROW(fsync),
    FARCALL_ROW(fdatasync),
    FARCALL_ROW(ftruncate),
    FARCALL_ROW(sendfile),
    FARCALL_ROW(splice),
    FARCALL_ROW(tee),
    FARCALL_ROW(vmsplice),
    FARCALL_ROW(copy_file_range),
    FARCALL_ROW(socket),
    FARCALL_ROW(socketpair),
    FARCALL_OWN_ROW(accept),
    FARCALL_ROW(accept4),
    FARCALL_ROW(bind),
    FARCALL_ROW(connect),
    FARCALL_ROW(listen),
    FARCALL_ROW(shutdown),
    FARCALL_ROW(getsockname),
    FARCALL_ROW(getpeername),
    FARCALL_ROW(getsockopt),
    FARCALL_ROW(setsockopt),
    FARCALL_ROW(sendto),
    FARCALL_ROW(recvfrom),
    FARCALL_ROW(sendmsg),
    FARCALL_ROW(recvmsg),
    FARCALL_ROW(sendmmsg),
    FARCALL_ROW(recvmmsg),
    FARCALL_ROW(dup),
    FARCALL_ROW(dup2),
    FARCALL_ROW(dup3),
    FARCALL_ROW(close),
    FARCALL_ROW(close_range),
    FARCALL_ROW(fcntl),
    FARCALL_ROW(ioctl),
    FARCALL_OWN_ROW(open),
    FARCALL_OWN_ROW(creat),
    FARCALL_ROW(openat),
    FARCALL_OWN_ROW(stat),
    FARCALL_OWN_ROW(lstat),
    FARCALL_ROW(fstat),
    Row{SYS_newfstatat, by_words<&calls::fstatat>},
    FARCALL_ROW(statx),
    FARCALL_OWN_ROW(access),
    FARCALL_OWN_ROW(faccessat),
    Row{SYS_faccessat2, by_words<&calls::faccessat>},
    FARCALL_OWN_ROW(readlink),
    FARCALL_ROW(readlinkat),
    FARCALL_ROW(openat2),
    FARCALL_ROW(statfs),
    FARCALL_ROW(fstatfs),
    FARCALL_ROW(getdents64),
    FARCALL_ROW(flock),
    FARCALL_ROW(sync),
    FARCALL_ROW(syncfs),
    FARCALL_ROW(sync_file_range),
    FARCALL_ROW(fallocate),
    FARCALL_ROW(fadvise64),
    FARCALL_ROW(mmap),
    FARCALL_ROW(munmap),
    FARCALL_ROW(msync),
    FARCALL_ROW(mremap),
    FARCALL_ROW(exit_group),
    FARCALL_OWN_ROW(mkdir),
    FARCALL_ROW(mkdirat),
    FARCALL_OWN_ROW(unlink),
    FARCALL_OWN_ROW(rmdir),
    FARCALL_ROW(unlinkat),
    FARCALL_OWN_ROW(rename),
    FARCALL_OWN_ROW(renameat),
    FARCALL_ROW(renameat2),
    FARCALL_OWN_ROW(link),
    FARCALL_ROW(linkat),
    FARCALL_OWN_ROW(symlink),
    FARCALL_ROW(symlinkat),
    FARCALL_OWN_ROW(mknod),
    FARCALL_ROW(mknodat),
    FARCALL_OWN_ROW(chmod),
    FARCALL_OWN_ROW(fchmodat),
    FARCALL_ROW(fchmod),
    FARCALL_OWN_ROW(chown),
    FARCALL_OWN_ROW(lchown),
    FARCALL_ROW(fchownat),
    FARCALL_ROW(fchown),
    FARCALL_ROW(utimensat),
    FARCALL_ROW(truncate),
    FARCALL_ROW(umask),
    FARCALL_ROW(chdir),
    FARCALL_ROW(fchdir),
    FARCALL_ROW(getcwd),
    FARCALL_ROW(poll),
    FARCALL_ROW(ppoll),
    FARCALL_ROW(select),
    FARCALL_OWN_ROW(pselect6),
    FARCALL_ROW(epoll_ctl),
    FARCALL_ROW(epoll_wait),
    FARCALL_ROW(epoll_pwait),
    FARCALL_ROW(epoll_pwait2),
    Row{SYS_fork, by_words<&process::fork_alone>},
    Row{SYS_vfork, by_words<&process::fork_alone>},
    Row{SYS_clone, by_words<&process::raw_clone>},
    FARCALL_OWN_ROW(clone3),
    Row{SYS_prctl, by_words<&sandbox::prctl>},
    Row{SYS_seccomp, by_words<&sandbox::seccomp>},
    FARCALL_OWN_ROW(execve),
    FARCALL_OWN_ROW(execveat),
};

constexpr std::size_t kNumbers = 512;
using Dispatch = std::array<long (*)(const Words& words), kNumbers>;

constexpr Dispatch make_dispatch() {
  Dispatch dispatch{};
  for (const Row& row : kRows) dispatch[static_cast<std::size_t>(row.number)] = row.call;
  return dispatch;
}
constexpr Dispatch kDispatch = make_dispatch();

}  // namespace

FARCALL_CATCH long syscall(long number, ...) noexcept {
  Words words;
  va_list arguments;
  va_start(arguments, number);
  for (long& word : words) word = va_arg(arguments, long);
  va_end(arguments);
  const auto index = static_cast<unsigned long>(number);
  if (index < kNumbers && kDispatch[index] != nullptr) return sysret(kDispatch[index](words));
  return sysret(farcall::raw_syscall_words(number, words[0], words[1], words[2], words[3], words[4],
                                           words[5]));
}
