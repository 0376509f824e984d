#include <fcntl.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstring>

#include "catch.h"
#include "shim/calls/calls.h"
#include "shim/calls/paths.h"
#include "shim/descriptors/descriptors.h"
#include "shim/host/libc.h"
#include "shim/personality/files.h"

using namespace farcall::shim;

static_assert(sizeof(struct statfs) == sizeof(struct statfs64), "one definition serves both");
static_assert(sizeof(struct statvfs) == sizeof(struct statvfs64), "one definition serves both");

namespace {

/// As libc makes statvfs(3)'s structure of statfs(2)'s.
int to_statvfs(long result, const struct statfs& from, struct statvfs* to) {
  if (is_error(result)) return int_ret(result);
  constexpr unsigned long kFlagsAreValid = 0x20;
  *to = {};
  to->f_bsize = static_cast<unsigned long>(from.f_bsize);
  to->f_frsize = static_cast<unsigned long>(from.f_frsize);
  to->f_blocks = from.f_blocks;
  to->f_bfree = from.f_bfree;
  to->f_bavail = from.f_bavail;
  to->f_files = from.f_files;
  to->f_ffree = to->f_favail = from.f_ffree;
  memcpy(&to->f_fsid, &from.f_fsid, sizeof to->f_fsid);
  to->f_flag = static_cast<unsigned long>(from.f_flags) & ~kFlagsAreValid;
  to->f_namemax = static_cast<unsigned long>(from.f_namelen);
  return 0;
}

}  // namespace

FARCALL_CATCH int statfs(const char* path, struct statfs* buffer) noexcept {
  return int_ret(calls::statfs(path, buffer));
}
FARCALL_ALIAS(statfs64, statfs);
FARCALL_ALIAS(__statfs, statfs);

FARCALL_CATCH int fstatfs(int fd, struct statfs* buffer) noexcept {
  return int_ret(calls::fstatfs(fd, buffer));
}
FARCALL_ALIAS(fstatfs64, fstatfs);

FARCALL_CATCH int statvfs(const char* path, struct statvfs* buffer) noexcept {
  if (!calls::place_of(path).is_kernel()) return host::libc().statvfs(path, buffer);
  struct statfs status {};
  const long result = calls::statfs(path, &status);
  return to_statvfs(result, status, buffer);
}
FARCALL_ALIAS(statvfs64, statvfs);

FARCALL_CATCH int fstatvfs(int fd, struct statvfs* buffer) noexcept {
  if (descriptors::kernel_fd(fd) < 0) return host::libc().fstatvfs(fd, buffer);
  struct statfs status {};
  const long result = calls::fstatfs(fd, &status);
  return to_statvfs(result, status, buffer);
}
FARCALL_ALIAS(fstatvfs64, fstatvfs);

FARCALL_CATCH long pathconf(const char* path, int name) noexcept {
  const calls::Place place = calls::place_of(path);
  return place.is_kernel() ? sysret(farcall::personality::pathconf(place.path, name))
                           : host::libc().pathconf(path, name);
}

FARCALL_CATCH long fpathconf(int fd, int name) noexcept {
  const int kfd = descriptors::kernel_fd(fd);
  return kfd >= 0 ? sysret(farcall::personality::fpathconf(kfd, name))
                  : host::libc().fpathconf(fd, name);
}

FARCALL_CATCH void sync() noexcept { calls::sync(); }

FARCALL_CATCH int syncfs(int fd) noexcept { return int_ret(calls::syncfs(fd)); }

FARCALL_CATCH int sync_file_range(int fd, off64_t offset, off64_t length, unsigned flags) {
  return int_ret(calls::sync_file_range(fd, offset, length, flags));
}

FARCALL_CATCH int flock(int fd, int operation) noexcept {
  return int_ret(calls::flock(fd, operation));
}

namespace {

/// fcntl(2)'s command for one of lockf(3), or -1.
int lock_command(int command) {
  switch (command) {
    case F_LOCK:
      return F_SETLKW;
    case F_TLOCK:
    case F_ULOCK:
      return F_SETLK;
    case F_TEST:
      return F_GETLK;
    default:
      return -1;
  }
}

}  // namespace

FARCALL_CATCH int lockf(int fd, int command, off_t length) {
  const int how = lock_command(command);
  if (how < 0) return int_ret(-EINVAL);
  struct flock request {};
  request.l_type = command == F_ULOCK ? F_UNLCK : F_WRLCK;
  request.l_whence = SEEK_CUR;
  request.l_len = length;
  const int result = int_ret(calls::fcntl(fd, how, reinterpret_cast<unsigned long>(&request)));
  if (result < 0 || command != F_TEST || request.l_type == F_UNLCK) return result;
  return int_ret(-EACCES);
}
FARCALL_ALIAS(lockf64, lockf);

FARCALL_CATCH int fallocate(int fd, int mode, off_t offset, off_t length) {
  return int_ret(calls::fallocate(fd, mode, offset, length));
}
FARCALL_ALIAS(fallocate64, fallocate);

FARCALL_CATCH int posix_fallocate(int fd, off_t offset, off_t length) {
  return static_cast<int>(-calls::posix_fallocate(fd, offset, length));
}
FARCALL_ALIAS(posix_fallocate64, posix_fallocate);

FARCALL_CATCH int posix_fadvise(int fd, off_t offset, off_t length, int advice) noexcept {
  return static_cast<int>(-calls::fadvise64(fd, offset, length, advice));
}
FARCALL_ALIAS(posix_fadvise64, posix_fadvise);

FARCALL_CATCH int inotify_add_watch(int instance, const char* path, std::uint32_t mask) noexcept {
  // What programs take for "look by yourself from time to time".
  if (calls::place_of(path).is_kernel()) return int_ret(-ENOSPC);
  return int_ret(host::raw(SYS_inotify_add_watch, instance, path, mask));
}

FARCALL_CATCH int name_to_handle_at(int directory, const char* path, file_handle* handle,
                                    int* mount, int flags) noexcept {
  const bool is_kernel = calls::place_at(directory, path).is_kernel() ||
                         calls::described_kernel_fd(directory, path, flags) >= 0;
  return int_ret(is_kernel
                     ? -EOPNOTSUPP
                     : host::raw(SYS_name_to_handle_at, directory, path, handle, mount, flags));
}
