#include "personality/netbsd.h"

#include "personality/file_flags.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <string_view>

namespace farcall::personality {
namespace {

struct AtFlag {
  int linux_bit;
  int netbsd_bit;
};
// AT_EACCESS and AT_REMOVEDIR are one bit on Linux and two on NetBSD: `allowed` tells them apart.
constexpr AtFlag kAtFlags[] = {
    {AT_SYMLINK_NOFOLLOW, NB_AT_SYMLINK_NOFOLLOW},
    {AT_SYMLINK_FOLLOW, NB_AT_SYMLINK_FOLLOW},
};
constexpr int kHarmless = AT_NO_AUTOMOUNT | AT_EMPTY_PATH;

struct FileSystemType {
  std::string_view name;
  long type;
};
constexpr long kUfsMagic = 0x00011954;
constexpr FileSystemType kFileSystems[] = {
    {"ext2fs", EXT2_SUPER_MAGIC}, {"msdos", MSDOS_SUPER_MAGIC}, {"cd9660", ISOFS_SUPER_MAGIC},
    {"tmpfs", TMPFS_MAGIC},       {"rumpfs", RAMFS_MAGIC},      {"nfs", NFS_SUPER_MAGIC},
    {"ffs", kUfsMagic},           {"ptyfs", DEVPTS_SUPER_MAGIC}};

struct MountFlag {
  std::uint64_t netbsd_bit;
  long linux_bit;
};
constexpr MountFlag kMountFlags[] = {
    {NB_MNT_RDONLY, ST_RDONLY}, {NB_MNT_NOSUID, ST_NOSUID},   {NB_MNT_NODEV, ST_NODEV},
    {NB_MNT_NOEXEC, ST_NOEXEC}, {NB_MNT_NOATIME, ST_NOATIME}, {NB_MNT_SYNCHRONOUS, ST_SYNCHRONOUS}};

/// Linux's kernel has major numbers of 12 bits; those that it reports to programs have 32.
constexpr unsigned kNoMajorOfTheHost = 0x100000;

unsigned major_of(std::uint64_t netbsd_device) {
  return static_cast<unsigned>((netbsd_device & 0x000fff00) >> 8);
}

unsigned minor_of(std::uint64_t netbsd_device) {
  return static_cast<unsigned>(((netbsd_device & 0xfff00000) >> 12) | (netbsd_device & 0xff));
}

}  // namespace

Result<int> at_flags_to_netbsd(int linux_flags, int allowed) {
  if ((linux_flags & ~(allowed | kHarmless)) != 0) return Error{EINVAL};
  int result = 0;
  for (const AtFlag& flag : kAtFlags) {
    if ((linux_flags & flag.linux_bit) != 0) result |= flag.netbsd_bit;
  }
  return result;
}

dev_t device_to_linux(std::uint64_t netbsd_device) {
  return gnu_dev_makedev(major_of(netbsd_device), minor_of(netbsd_device));
}

std::uint64_t device_to_netbsd(dev_t linux_device) {
  const std::uint64_t major = gnu_dev_major(linux_device);
  const std::uint64_t minor = gnu_dev_minor(linux_device);
  return ((major << 8) & 0x000fff00) | ((minor << 12) & 0xfff00000) | (minor & 0xff);
}

dev_t file_system_device_to_linux(std::uint64_t netbsd_device) {
  return gnu_dev_makedev(kNoMajorOfTheHost | major_of(netbsd_device), minor_of(netbsd_device));
}

long file_system_type(const char* netbsd_name) {
  for (const FileSystemType& each : kFileSystems) {
    if (each.name == netbsd_name) return each.type;
  }
  return 0;
}

long mount_flags_to_linux(std::uint64_t netbsd_flags) {
  long result = 0;
  for (const MountFlag& each : kMountFlags) {
    if ((netbsd_flags & each.netbsd_bit) != 0) result |= each.linux_bit;
  }
  return result;
}

}  // namespace farcall::personality
