// The file actions of posix_spawn(3), carried out by ourselves: libc's own do not know of files
// that are not the host's.
#pragma once

#include <spawn.h>

namespace farcall::shim::process {

/// True when one of them names a file or a directory of the kernel's, as far as can be told before.
/// Those on descriptors alone are right on the host: placeholders are closed and duplicated there.
bool concern_kernel(const posix_spawn_file_actions_t* actions);

/// In the new process: all of them, in order. 0 or -errno.
long carry_out(const posix_spawn_file_actions_t* actions);

}  // namespace farcall::shim::process
