// fstat: NetBSD's structure as Linux's.
#include "personality/netbsd.h"

#include <cerrno>

#include "personality/call.h"
#include "personality/file_flags.h"
#include "personality/memory.h"
#include "personality/personality.h"
#include "personality/stat.h"

namespace farcall::personality {

struct stat stat_to_linux(const netbsd::stat& from) {
  struct stat to = {};
  to.st_dev = file_system_device_to_linux(from.st_dev);
  to.st_ino = from.st_ino;
  // A symbolic link's permissions mean something to NetBSD; on Linux all links have all of them.
  to.st_mode = S_ISLNK(from.st_mode) ? from.st_mode | 0777 : from.st_mode;
  to.st_nlink = from.st_nlink;
  to.st_uid = from.st_uid;
  to.st_gid = from.st_gid;
  to.st_rdev = device_to_linux(from.st_rdev);
  to.st_size = from.st_size;
  to.st_blksize = from.st_blksize;
  to.st_blocks = from.st_blocks;
  to.st_atim = {from.st_atim.tv_sec, from.st_atim.tv_nsec};
  to.st_mtim = {from.st_mtim.tv_sec, from.st_mtim.tv_nsec};
  to.st_ctim = {from.st_ctim.tv_sec, from.st_ctim.tv_nsec};
  return to;
}

Sysret fstat(int kfd, struct stat* buffer) {
  netbsd::stat from = {};
  const Sysret result = call(NB_SYS_fstat50, kfd, &from);
  if (result < 0) return result;
  return store_value(buffer, stat_to_linux(from)) ? 0 : -EFAULT;
}

}  // namespace farcall::personality
