// The library's own descriptors: high, so that the program's are numbered as if it were alone, and
// listed, so that the program can be kept from closing them.
#pragma once

namespace farcall::client {

/// Moves `fd` to a high number, close-on-exec, and closes the old one. Returns the new number; `fd`
/// itself when there is no room; a negative `fd` (an -errno) is passed through. What is returned is
/// listed.
int move_high(int fd);

/// A second, high descriptor for what `fd` is, close-on-exec and listed. -errno.
int duplicate_high(int fd);

/// Puts `fd` on the list; -EMFILE closes it instead: there are 1024 already.
int own(int fd);
/// Takes `fd` off the list: it is about to be the program's.
void disown(int fd);
void close_own(int fd);
/// In a child after fork.
void close_all_own();

/// Any thread, any signal handler; a few loads.
bool owns(int fd);
/// -1 when there is none.
int highest_own();

}  // namespace farcall::client
