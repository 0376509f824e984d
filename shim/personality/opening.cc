// Opening files by name, and looking at them.
#include "personality/netbsd.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "personality/call.h"
#include "personality/descriptor_kind.h"
#include "personality/file_flags.h"
#include "personality/files.h"
#include "personality/flags.h"
#include "personality/memory.h"
#include "personality/stat.h"

namespace farcall::personality {
namespace {

/// O_PATH is a way to name a file without reading it; NetBSD has none.
int without_path_flag(int flags) {
  if ((flags & O_PATH) == 0) return flags;
  return (flags & (O_DIRECTORY | O_NOFOLLOW)) | O_RDONLY | O_NONBLOCK;
}

DescriptorKind kind_after(int flags) {
  if ((flags & O_ACCMODE) != O_RDONLY) return DescriptorKind::other;
  return (flags & O_DIRECTORY) != 0 ? DescriptorKind::directory : DescriptorKind::opened;
}

/// What open(2) of NetBSD says where Linux has another word.
Sysret open_error(Sysret error, int flags) {
  // EFTYPE, which is nothing else's answer to these flags.
  return error == -EINVAL && (flags & O_NOFOLLOW) != 0 ? -ELOOP : error;
}

}  // namespace

Sysret openat(int kdir, const char* path, int flags, mode_t mode) {
  if (path == nullptr) return -EFAULT;
  const int wanted = without_path_flag(flags);
  const auto netbsd_flags = open_flags_to_netbsd(wanted);
  if (!netbsd_flags) return -netbsd_flags.code();
  const Sysret kfd = call(NB_SYS_openat, kdir, path, *netbsd_flags, mode);
  if (kfd < 0) return open_error(kfd, wanted);
  remember_kind(static_cast<int>(kfd), kind_after(wanted));
  return kfd;
}

Sysret fstatat(int kdir, const char* path, struct stat* buffer, int flags) {
  const auto netbsd_flags = at_flags_to_netbsd(flags, AT_SYMLINK_NOFOLLOW);
  if (!netbsd_flags) return -netbsd_flags.code();
  netbsd::stat from = {};
  const Sysret result = call(NB_SYS_fstatat, kdir, path, &from, *netbsd_flags);
  if (result < 0) return result;
  return store_value(buffer, stat_to_linux(from)) ? 0 : -EFAULT;
}

Sysret readlinkat(int kdir, const char* path, char* buffer, size_t size) {
  if (size == 0) return -EINVAL;
  return call(NB_SYS_readlinkat, kdir, path, buffer, size);
}

}  // namespace farcall::personality
