// libc's stdin, stdout and stderr on kernel descriptors. libc's own streams read and write by calls
// that nobody else sees; so when descriptor 0, 1 or 2 becomes the kernel's, a stream that comes
// back to us takes the place of libc's in the variable stdin, stdout or stderr. It goes on for
// good: it reaches whatever the descriptor stands for.
#pragma once

namespace farcall::shim::process {

/// Takes care of the descriptors that are the kernel's now (a program that was started on a
/// connection), and of those that will be (a shell's redirections). Called once, at the start.
///
/// What a program kept a copy of is not replaced: std::cout of a C++ program that is redirected
/// after its start.
void follow_standard_streams();

}  // namespace farcall::shim::process
