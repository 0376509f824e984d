// posix_spawn(3) by fork and exec of our own, where libc's cannot do what is asked.
#pragma once

#include "spawn.h"

namespace farcall::shim::process {

/// 0 or an errno, as posix_spawn(3). The caller waits until the program has been executed.
int spawn_child(const SpawnCall& call);

}  // namespace farcall::shim::process
