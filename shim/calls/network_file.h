// Linux's files about the network (/proc/net/…, /sys/class/net/…) as a program sees them: made from
// the kernel's answers at the moment of open(2). Paths are those that
// personality::is_network_path() knows.
#pragma once

#include <sys/stat.h>

namespace farcall::shim::calls {

/// open(2): a sealed memory file of the host with what the file says now. -EACCES for writing,
/// -EISDIR for a directory (opendir(3) is answered elsewhere). The descriptor or -errno.
long open_network_file(const char* path, int flags);

/// stat(2): a read-only file or directory. 0 or -errno.
long stat_network_file(const char* path, struct stat* buffer);

}  // namespace farcall::shim::calls
