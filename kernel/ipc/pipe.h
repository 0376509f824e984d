// Pipes, pipe(2).
#pragma once

#include "kernel/core/file.h"

namespace farcall::kernel {

struct PipeEnds {
  Ref<File> read;
  Ref<File> write;
};

/// A pipe; `flags` are status flags for both ends (O_NONBLOCK …).
PipeEnds pipe_create(int flags);

}  // namespace farcall::kernel
