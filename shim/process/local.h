// A program with the kernel in its own process makes no other process: the kernel's threads would
// be missing there.
#pragma once

namespace farcall::shim::process {

/// True in such a program, and then standard error says why there is no new process.
bool refuses_process();

}  // namespace farcall::shim::process
