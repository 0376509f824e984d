// The console's line that has not been written yet.
#pragma once

namespace farcall::hypercall {

/// Writes what rumpuser_putchar holds back of an unfinished line.
void flush_console();

}  // namespace farcall::hypercall
