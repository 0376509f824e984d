// Linux's directories about the network, such as /sys/class/net, as streams.
#pragma once

#include <dirent.h>

namespace farcall::shim::directories {

/// opendir(3). NULL with errno: ENOTDIR, ENOENT and what the kernel answers.
DIR* open_network_directory(const char* path);

}  // namespace farcall::shim::directories
