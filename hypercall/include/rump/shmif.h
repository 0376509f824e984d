// What NetBSD's shmif driver wants of its host half: the file that holds an Ethernet bus, in
// memory, and word of when somebody has sent a frame. The built-in kernel's driver uses the same.
// All are called with a CPU of the kernel, which those that may block give up. A NetBSD errno each.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Maps the first `size` bytes of the file open as `fd`; an empty file is made as large first, one
/// that is smaller is refused (ENOEXEC). rumpuser_unmap takes them away; the descriptor stays the
/// caller's.
int rumpcomp_shmif_mmap(int fd, size_t size, void** memory);
/// Begins to watch the file for writes; `*watch` is then a descriptor, to be closed with
/// rumpuser_close. `*watch` may also be such a descriptor already, which then watches this file
/// too; -1 otherwise.
int rumpcomp_shmif_watchsetup(int* watch, int fd);
/// Waits until the file is written to, or has been since the last wait.
int rumpcomp_shmif_watchwait(int watch);

#ifdef __cplusplus
}
#endif
