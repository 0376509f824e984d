// Names of files: making, moving and removing them.
#include "personality/netbsd.h"

#include <fcntl.h>

#include <cerrno>

#include "personality/call.h"
#include "personality/file_flags.h"
#include "personality/files.h"

namespace farcall::personality {
namespace {

static_assert(kKernelCwd == NB_AT_FDCWD);

constexpr mode_t kPermissions = 07777;

bool is_directory(int kdir, const char* path) {
  struct stat status = {};
  return personality::fstatat(kdir, path, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(status.st_mode);
}

/// True when both names are links to one file: Linux's rename leaves both then, NetBSD's renameat
/// removes the first.
bool are_links_to_one_file(int from_kdir, const char* from, int to_kdir, const char* to) {
  struct stat one = {};
  struct stat other = {};
  return personality::fstatat(from_kdir, from, &one, AT_SYMLINK_NOFOLLOW) == 0 &&
         personality::fstatat(to_kdir, to, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

Sysret make_regular(int kdir, const char* path, mode_t mode) {
  const Sysret kfd =
      call(NB_SYS_openat, kdir, path, NB_O_WRONLY | NB_O_CREAT | NB_O_EXCL, mode & kPermissions);
  return kfd < 0 ? kfd : call(NB_SYS_close, kfd);
}

}  // namespace

Sysret mkdirat(int kdir, const char* path, mode_t mode) {
  const Sysret result = call(NB_SYS_mkdirat, kdir, path, mode & kPermissions);
  return result == -EISDIR ? -EEXIST : result;  // what NetBSD says of the root
}

Sysret unlinkat(int kdir, const char* path, int flags) {
  if ((flags & ~AT_REMOVEDIR) != 0) return -EINVAL;
  if ((flags & AT_REMOVEDIR) != 0) return call(NB_SYS_unlinkat, kdir, path, NB_AT_REMOVEDIR);
  const Sysret result = call(NB_SYS_unlinkat, kdir, path, 0);
  return result == -EPERM && is_directory(kdir, path) ? -EISDIR : result;
}

Sysret renameat(int from_kdir, const char* from, int to_kdir, const char* to, unsigned flags) {
  if (flags != 0) return -EINVAL;
  if (from_kdir == kKernelCwd && to_kdir == kKernelCwd)
    return call(NB_SYS___posix_rename, from, to);
  if (are_links_to_one_file(from_kdir, from, to_kdir, to)) return 0;
  return call(NB_SYS_renameat, from_kdir, from, to_kdir, to);
}

Sysret linkat(int from_kdir, const char* from, int to_kdir, const char* to, int flags) {
  const auto netbsd_flags = at_flags_to_netbsd(flags, AT_SYMLINK_FOLLOW);
  if (!netbsd_flags) return -netbsd_flags.code();
  return call(NB_SYS_linkat, from_kdir, from, to_kdir, to, *netbsd_flags);
}

Sysret symlinkat(const char* target, int kdir, const char* path) {
  return call(NB_SYS_symlinkat, target, kdir, path);
}

Sysret mknodat(int kdir, const char* path, mode_t mode, dev_t device) {
  switch (mode & S_IFMT) {
    case 0:
    case S_IFREG:
      return make_regular(kdir, path, mode);
    case S_IFIFO:
      return call(NB_SYS_mkfifoat, kdir, path, mode & kPermissions);
    case S_IFCHR:
    case S_IFBLK:
      return call(NB_SYS_mknodat, kdir, path, mode, 0, device_to_netbsd(device));
    case S_IFSOCK:
      return -EPERM;
    default:
      return -EINVAL;
  }
}

}  // namespace farcall::personality
