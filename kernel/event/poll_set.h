// Waiting for the readiness of several files at once: the engine of poll(2) and select(2).
#pragma once

#include <cstddef>
#include <vector>

#include "kernel/core/file.h"

namespace farcall::kernel {

/// One file that is waited for. Without a file it is never ready.
struct PollEntry {
  Ref<File> file;
  short events = 0;
  short ready = 0;  ///< set by poll_wait
};

/// Waits until at least one file is ready or the deadline has come, and returns how many are ready:
/// 0 at the deadline, which may lie in the past. The files are kept meanwhile, whoever closes their
/// descriptors. NB_EINTR.
Result<std::size_t> poll_wait(std::vector<PollEntry>& entries, Deadline deadline);

}  // namespace farcall::kernel
