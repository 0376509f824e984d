// The end of a kernel that found itself in an impossible state.
#pragma once

namespace farcall::kernel {

/// Prints the message on the host's console and ends the server as rumpuser_exit(RUMPUSER_PANIC)
/// does. For bugs and for want of memory only: nothing that a client does may lead here.
[[noreturn]] void panic(const char* message);

}  // namespace farcall::kernel
