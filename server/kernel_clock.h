// A NetBSD rump kernel counts time in ticks, and its first one before it has passed: its clock is
// up to a tick and more ahead of the host's, and files that were just made look as if they came
// from the future, of which make(1) warns.
#pragma once

#include <chrono>

namespace farcall::server {

/// Sets the clock of `kernel`, a handle of dlopen's, so that it is never ahead: a tick or two
/// behind, and as many more as may have been missed in the time since its start was begun, which a
/// busy machine makes up for all at once. A kernel without ticks stays as it is.
void hold_clock_back(void* kernel, std::chrono::steady_clock::time_point start);

}  // namespace farcall::server
