// Flags, device numbers and file systems' names of Linux and NetBSD, for calls on paths. Pure.
#pragma once

#include <sys/statfs.h>
#include <sys/types.h>

#include <cstdint>

#include "farcall/result.h"

namespace farcall::personality {

/// AT_* of the calls that take a path. EINVAL for one that `allowed` does not have.
Result<int> at_flags_to_netbsd(int linux_flags, int allowed);

/// A device special file's number.
dev_t device_to_linux(std::uint64_t netbsd_device);
std::uint64_t device_to_netbsd(dev_t linux_device);

/// The number of the device that a file is on. Never one that a file of the host could have,
/// because programs take two files with the same device and inode for one.
dev_t file_system_device_to_linux(std::uint64_t netbsd_device);

/// f_type of statfs(2) for NetBSD's name of a file system; 0 for one that Linux does not know.
long file_system_type(const char* netbsd_name);

/// f_flags of statfs(2): ST_* for MNT_*.
long mount_flags_to_linux(std::uint64_t netbsd_flags);

}  // namespace farcall::personality
