// statfs: what a file system tells about itself.
#include "personality/netbsd.h"

#include <algorithm>
#include <cerrno>

#include "personality/call.h"
#include "personality/file_flags.h"
#include "personality/files.h"
#include "personality/memory.h"

namespace farcall::personality {
namespace {

/// Linux's kernel sets it when f_flags means something.
constexpr long kFlagsAreValid = 0x20;

struct statfs statfs_to_linux(const netbsd::statvfs& from) {
  struct statfs to = {};
  to.f_type = file_system_type(from.f_fstypename);
  // Linux counts blocks of f_bsize, NetBSD blocks of f_frsize.
  to.f_bsize = static_cast<long>(from.f_frsize);
  to.f_frsize = static_cast<long>(from.f_frsize);
  to.f_blocks = from.f_blocks;
  to.f_bfree = from.f_bfree;
  to.f_bavail = from.f_bavail;
  to.f_files = from.f_files;
  to.f_ffree = from.f_ffree;
  to.f_fsid = {{from.f_fsidx.__fsid_val[0], from.f_fsidx.__fsid_val[1]}};
  to.f_namelen = static_cast<long>(from.f_namemax);
  to.f_flags = mount_flags_to_linux(from.f_flag) | kFlagsAreValid;
  return to;
}

Sysret store_statfs(Sysret result, netbsd::statvfs& from, struct statfs* buffer) {
  if (result < 0) return result;
  from.f_fstypename[sizeof from.f_fstypename - 1] = '\0';
  return store_value(buffer, statfs_to_linux(from)) ? 0 : -EFAULT;
}

}  // namespace

Sysret statfs(const char* path, struct statfs* buffer) {
  netbsd::statvfs from = {};
  return store_statfs(call(NB_SYS_statvfs1, path, &from, NB_ST_WAIT), from, buffer);
}

Sysret fstatfs(int kfd, struct statfs* buffer) {
  netbsd::statvfs from = {};
  return store_statfs(call(NB_SYS_fstatvfs1, kfd, &from, NB_ST_WAIT), from, buffer);
}

}  // namespace farcall::personality
