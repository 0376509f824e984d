// opendir(3) and readdir(3) on Linux's directories about the network, such as /sys/class/net.
#pragma once

#include <dirent.h>

namespace farcall::shim::network {

/// A stream that only the functions below know. NULL with errno: ENOTDIR, ENOENT and what the
/// kernel answers.
DIR* open_directory(const char* path);

/// True for a stream of open_directory.
bool is_network_directory(DIR* stream);

/// As readdir(3), whose struct is the same with 64-bit offsets: NULL at the end.
dirent* read_directory(DIR* stream);
void rewind_directory(DIR* stream);
void close_directory(DIR* stream);

}  // namespace farcall::shim::network
