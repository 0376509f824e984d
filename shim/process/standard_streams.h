// stdin, stdout and stderr of a program whose descriptors 0, 1 or 2 are the kernel's from its
// start.
#pragma once

namespace farcall::shim::process {

/// Puts streams that reach the kernel in their place. Called once, before the program runs. A
/// program that uses libc's stdin, stdout and stderr by those variables (all do, printf(3)
/// included) gets them.
void adopt_standard_streams();

}  // namespace farcall::shim::process
