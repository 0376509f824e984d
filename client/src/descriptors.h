// Where the library's own descriptors lie: high, so that the program's are numbered as if it were
// alone.
#pragma once

namespace farcall::client {

/// Moves `fd` to a high number, close-on-exec, and closes the old one. Returns the new number; `fd`
/// itself when there is no room; a negative `fd` (an -errno) is passed through.
int move_high(int fd);

/// A second, high descriptor for what `fd` is, close-on-exec. -errno.
int duplicate_high(int fd);

}  // namespace farcall::client
