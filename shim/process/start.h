// How a process becomes a client: at the start of the program, and what its environment asked for.
#pragma once

#include "shim/decide/hijack_spec.h"

namespace farcall::shim::process {

/// Reads RUMPHIJACK, connects to RUMP_SERVER, finds the descriptors that were inherited. Runs once,
/// from the library's constructor or from the first call that needs the answer, whichever is first.
/// Ends the process when the environment is wrong (status 1) or there is no server (status 126),
/// with one line on the standard error output.
void start();

/// What RUMPHIJACK says; starts the library when that has not happened. NULL while start() runs.
const HijackSpec* hijack_spec();
/// The same without starting anything: NULL before.
const HijackSpec* hijack_spec_if_started();

/// True when the program's interfaces and addresses are the kernel's.
bool sees_kernel_network();

}  // namespace farcall::shim::process
