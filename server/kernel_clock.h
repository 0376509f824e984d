// A NetBSD rump kernel counts time in ticks, and its first one before it has passed: its clock is
// up to a tick and more ahead of the host's, and files that were just made look as if they came
// from the future, of which make(1) warns.
#pragma once

namespace farcall::server {

/// Sets the clock of `kernel`, a handle of dlopen's, so that it is never ahead, and at most two
/// ticks behind. A kernel without ticks stays as it is.
void hold_clock_back(void* kernel);

}  // namespace farcall::server
