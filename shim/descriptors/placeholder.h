// Placeholders: the host descriptors that keep a kernel descriptor's number taken. Each is an
// O_PATH descriptor of a memory file that is named after the kernel descriptor, so that a read or
// write that reaches the host by mistake fails with EBADF, and that a program after exec finds in
// /proc/self/fd what its descriptors stand for. Where there is no /proc it is the memory file
// itself, sealed while it is empty.
#pragma once

namespace farcall::shim::placeholder {

/// A new one for `kfd`, at the lowest free number. The number, or -errno.
long make(int kfd, bool close_on_exec);

/// From now on the program may open no file, not even in /proc.
void avoid_paths();
bool avoids_paths();

/// The kernel descriptor that `fd` holds the place of, or -1 when it is no placeholder.
int kernel_fd_of(int fd);

}  // namespace farcall::shim::placeholder
