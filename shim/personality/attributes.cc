// What a file's name says beside its contents: permissions, owners, times, length.
#include "personality/netbsd.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "personality/call.h"
#include "personality/file_flags.h"
#include "personality/files.h"

namespace farcall::personality {
namespace {

constexpr mode_t kPermissions = 07777;

/// netbsd::timespec as this program has it: the members and their sizes are the same, and so are
/// UTIME_NOW and UTIME_OMIT.
static_assert(sizeof(timespec) == sizeof(netbsd::timespec));

struct PathconfName {
  int linux_name;
  int netbsd_name;
};
constexpr PathconfName kPathconfNames[] = {
    {_PC_LINK_MAX, 1},   {_PC_MAX_CANON, 2}, {_PC_MAX_INPUT, 3},        {_PC_NAME_MAX, 4},
    {_PC_PATH_MAX, 5},   {_PC_PIPE_BUF, 6},  {_PC_CHOWN_RESTRICTED, 7}, {_PC_NO_TRUNC, 8},
    {_PC_VDISABLE, 9},   {_PC_SYNC_IO, 10},  {_PC_FILESIZEBITS, 11},    {_PC_SYMLINK_MAX, 12},
    {_PC_2_SYMLINKS, 13}};

/// NetBSD's name, or -1.
int netbsd_pathconf_name(int linux_name) {
  for (const PathconfName& each : kPathconfNames) {
    if (each.linux_name == linux_name) return each.netbsd_name;
  }
  return -1;
}

}  // namespace

Sysret faccessat(int kdir, const char* path, int mode, int flags) {
  const auto netbsd_flags = at_flags_to_netbsd(flags & ~AT_EACCESS, AT_SYMLINK_NOFOLLOW);
  if (!netbsd_flags) return -netbsd_flags.code();
  const int effective = (flags & AT_EACCESS) != 0 ? NB_AT_EACCESS : 0;
  return call(NB_SYS_faccessat, kdir, path, mode, *netbsd_flags | effective);
}

Sysret fchmodat(int kdir, const char* path, mode_t mode, int flags) {
  const auto netbsd_flags = at_flags_to_netbsd(flags, AT_SYMLINK_NOFOLLOW);
  if (!netbsd_flags) return -netbsd_flags.code();
  return call(NB_SYS_fchmodat, kdir, path, mode & kPermissions, *netbsd_flags);
}

Sysret fchmod(int kfd, mode_t mode) { return call(NB_SYS_fchmod, kfd, mode & kPermissions); }

Sysret fchownat(int kdir, const char* path, uid_t owner, gid_t group, int flags) {
  const auto netbsd_flags = at_flags_to_netbsd(flags, AT_SYMLINK_NOFOLLOW);
  if (!netbsd_flags) return -netbsd_flags.code();
  return call(NB_SYS_fchownat, kdir, path, owner, group, *netbsd_flags);
}

Sysret fchown(int kfd, uid_t owner, gid_t group) { return call(NB_SYS_fchown, kfd, owner, group); }

Sysret utimensat(int kdir, const char* path, const timespec times[2], int flags) {
  const auto netbsd_flags = at_flags_to_netbsd(flags, AT_SYMLINK_NOFOLLOW);
  if (!netbsd_flags) return -netbsd_flags.code();
  return call(NB_SYS_utimensat, kdir, path, times, *netbsd_flags);
}

Sysret futimens(int kfd, const timespec times[2]) { return call(NB_SYS_futimens, kfd, times); }

Sysret truncate(const char* path, off_t length) { return call(NB_SYS_truncate, path, 0, length); }

Sysret umask(mode_t mask) { return call(NB_SYS_umask, mask); }

Sysret pathconf(const char* path, int name) {
  const int netbsd_name = netbsd_pathconf_name(name);
  return netbsd_name < 0 ? -EINVAL : call(NB_SYS_pathconf, path, netbsd_name);
}

Sysret fpathconf(int kfd, int name) {
  const int netbsd_name = netbsd_pathconf_name(name);
  return netbsd_name < 0 ? -EINVAL : call(NB_SYS_fpathconf, kfd, netbsd_name);
}

}  // namespace farcall::personality
