#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdarg>

#include "catch.h"
#include "shim/calls/calls.h"

using namespace farcall::shim;

namespace {

bool takes_mode(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

/// What the fortified forms demand: a mode where there is no place for one is a mistake of the
/// program.
void check_flags(int flags) {
  if (takes_mode(flags)) __chk_fail();
}

constexpr int kStatVersionMax = 1;

}  // namespace

FARCALL_CATCH int openat(int directory, const char* path, int flags, ...) {
  mode_t mode = 0;
  if (takes_mode(flags)) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return int_ret(calls::openat(directory, path, flags, mode));
}
FARCALL_ALIAS(openat64, openat);

FARCALL_CATCH int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if (takes_mode(flags)) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return int_ret(calls::openat(AT_FDCWD, path, flags, mode));
}
FARCALL_ALIAS(open64, open);
FARCALL_ALIAS(__open, open);
FARCALL_ALIAS(__open64, open);

FARCALL_CATCH int __open_2(const char* path, int flags) {
  check_flags(flags);
  return int_ret(calls::openat(AT_FDCWD, path, flags, 0));
}
FARCALL_ALIAS(__open64_2, __open_2);

FARCALL_CATCH int __openat_2(int directory, const char* path, int flags) {
  check_flags(flags);
  return int_ret(calls::openat(directory, path, flags, 0));
}
FARCALL_ALIAS(__openat64_2, __openat_2);

FARCALL_CATCH int creat(const char* path, mode_t mode) {
  return int_ret(calls::openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode));
}
FARCALL_ALIAS(creat64, creat);

FARCALL_CATCH int fstat(int fd, struct stat* buffer) noexcept {
  return int_ret(calls::fstat(fd, buffer));
}
FARCALL_ALIAS(fstat64, fstat);
FARCALL_ALIAS(__fstat64, fstat);

FARCALL_CATCH int fstatat(int directory, const char* path, struct stat* buffer,
                          int flags) noexcept {
  return int_ret(calls::fstatat(directory, path, buffer, flags));
}
FARCALL_ALIAS(fstatat64, fstatat);

FARCALL_CATCH int stat(const char* path, struct stat* buffer) noexcept {
  return int_ret(calls::fstatat(AT_FDCWD, path, buffer, 0));
}
FARCALL_ALIAS(stat64, stat);

FARCALL_CATCH int lstat(const char* path, struct stat* buffer) noexcept {
  return int_ret(calls::fstatat(AT_FDCWD, path, buffer, AT_SYMLINK_NOFOLLOW));
}
FARCALL_ALIAS(lstat64, lstat);

// What stat and its like were before glibc 2.33; programs built then still call these.

FARCALL_CATCH int __fxstat(int version, int fd, struct stat* buffer) noexcept {
  return int_ret(version > kStatVersionMax ? -EINVAL : calls::fstat(fd, buffer));
}
FARCALL_ALIAS(__fxstat64, __fxstat);

FARCALL_CATCH int __fxstatat(int version, int directory, const char* path, struct stat* buffer,
                             int flags) noexcept {
  return int_ret(version > kStatVersionMax ? -EINVAL
                                           : calls::fstatat(directory, path, buffer, flags));
}
FARCALL_ALIAS(__fxstatat64, __fxstatat);

FARCALL_CATCH int __xstat(int version, const char* path, struct stat* buffer) noexcept {
  return __fxstatat(version, AT_FDCWD, path, buffer, 0);
}
FARCALL_ALIAS(__xstat64, __xstat);

FARCALL_CATCH int __lxstat(int version, const char* path, struct stat* buffer) noexcept {
  return __fxstatat(version, AT_FDCWD, path, buffer, AT_SYMLINK_NOFOLLOW);
}
FARCALL_ALIAS(__lxstat64, __lxstat);

FARCALL_CATCH int statx(int directory, const char* path, int flags, unsigned mask,
                        struct statx* buffer) noexcept {
  return int_ret(calls::statx(directory, path, flags, mask, buffer));
}

FARCALL_CATCH int access(const char* path, int mode) noexcept {
  return int_ret(calls::faccessat(AT_FDCWD, path, mode, 0));
}

FARCALL_CATCH int faccessat(int directory, const char* path, int mode, int flags) noexcept {
  return int_ret(calls::faccessat(directory, path, mode, flags));
}

FARCALL_CATCH int euidaccess(const char* path, int mode) noexcept {
  return int_ret(calls::faccessat(AT_FDCWD, path, mode, AT_EACCESS));
}
FARCALL_ALIAS(eaccess, euidaccess);

FARCALL_CATCH ssize_t readlinkat(int directory, const char* path, char* buffer,
                                 size_t size) noexcept {
  return sysret(calls::readlinkat(directory, path, buffer, size));
}

FARCALL_CATCH ssize_t readlink(const char* path, char* buffer, size_t size) noexcept {
  return sysret(calls::readlinkat(AT_FDCWD, path, buffer, size));
}

FARCALL_CATCH ssize_t __readlink_chk(const char* path, char* buffer, size_t size,
                                     size_t available) noexcept {
  check_size(size, available);
  return readlink(path, buffer, size);
}

FARCALL_CATCH ssize_t __readlinkat_chk(int directory, const char* path, char* buffer, size_t size,
                                       size_t available) noexcept {
  check_size(size, available);
  return readlinkat(directory, path, buffer, size);
}
