#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catch.h"
#include "shim/calls/calls.h"

using namespace farcall::shim;

FARCALL_CATCH int mkdirat(int directory, const char* path, mode_t mode) noexcept {
  return int_ret(calls::mkdirat(directory, path, mode));
}

FARCALL_CATCH int mkdir(const char* path, mode_t mode) noexcept {
  return int_ret(calls::mkdirat(AT_FDCWD, path, mode));
}

FARCALL_CATCH int unlinkat(int directory, const char* path, int flags) noexcept {
  return int_ret(calls::unlinkat(directory, path, flags));
}

FARCALL_CATCH int unlink(const char* path) noexcept {
  return int_ret(calls::unlinkat(AT_FDCWD, path, 0));
}

FARCALL_CATCH int rmdir(const char* path) noexcept {
  return int_ret(calls::unlinkat(AT_FDCWD, path, AT_REMOVEDIR));
}

FARCALL_CATCH int remove(const char* path) noexcept {
  const long result = calls::unlinkat(AT_FDCWD, path, 0);
  return int_ret(result == -EISDIR ? calls::unlinkat(AT_FDCWD, path, AT_REMOVEDIR) : result);
}

FARCALL_CATCH int renameat2(int from_directory, const char* from, int to_directory, const char* to,
                            unsigned flags) noexcept {
  return int_ret(calls::renameat2(from_directory, from, to_directory, to, flags));
}

FARCALL_CATCH int renameat(int from_directory, const char* from, int to_directory,
                           const char* to) noexcept {
  return int_ret(calls::renameat2(from_directory, from, to_directory, to, 0));
}

FARCALL_CATCH int rename(const char* from, const char* to) noexcept {
  return int_ret(calls::renameat2(AT_FDCWD, from, AT_FDCWD, to, 0));
}

FARCALL_CATCH int linkat(int from_directory, const char* from, int to_directory, const char* to,
                         int flags) noexcept {
  return int_ret(calls::linkat(from_directory, from, to_directory, to, flags));
}

FARCALL_CATCH int link(const char* from, const char* to) noexcept {
  return int_ret(calls::linkat(AT_FDCWD, from, AT_FDCWD, to, 0));
}

FARCALL_CATCH int symlinkat(const char* target, int directory, const char* path) noexcept {
  return int_ret(calls::symlinkat(target, directory, path));
}

FARCALL_CATCH int symlink(const char* target, const char* path) noexcept {
  return int_ret(calls::symlinkat(target, AT_FDCWD, path));
}

FARCALL_CATCH int mknodat(int directory, const char* path, mode_t mode, dev_t device) noexcept {
  return int_ret(calls::mknodat(directory, path, mode, device));
}

FARCALL_CATCH int mknod(const char* path, mode_t mode, dev_t device) noexcept {
  return int_ret(calls::mknodat(AT_FDCWD, path, mode, device));
}

FARCALL_CATCH int mkfifoat(int directory, const char* path, mode_t mode) noexcept {
  return int_ret(calls::mknodat(directory, path, mode | S_IFIFO, 0));
}

FARCALL_CATCH int mkfifo(const char* path, mode_t mode) noexcept {
  return int_ret(calls::mknodat(AT_FDCWD, path, mode | S_IFIFO, 0));
}

// What mknod and mknodat were before glibc 2.33; programs built then still call these.

FARCALL_CATCH int __xmknodat(int version, int directory, const char* path, mode_t mode,
                             dev_t* device) noexcept {
  return int_ret(version != 0 ? -EINVAL : calls::mknodat(directory, path, mode, *device));
}

FARCALL_CATCH int __xmknod(int version, const char* path, mode_t mode, dev_t* device) noexcept {
  return __xmknodat(version, AT_FDCWD, path, mode, device);
}
