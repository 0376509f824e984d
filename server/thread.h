// Threads with a small stack: a server has one or more of them for each client.
#pragma once

#include <functional>

#include "farcall/result.h"

namespace farcall::server {

/// Runs `body` in a new detached thread with all signals blocked. `name` has at most 15 characters.
/// The error is the host's errno (EAGAIN: no more threads).
[[nodiscard]] Result<void> start_thread(const char* name, std::function<void()> body);

}  // namespace farcall::server
