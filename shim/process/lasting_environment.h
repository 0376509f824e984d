// What the environment said of this library and of the kernel when the program started. Programs
// that clean their environment before they start others (dovecot, cron, `env -i`) know nothing of
// these entries; who started them wanted their whole family on the kernel.
#pragma once

#include <span>

namespace farcall::shim::process {

/// Remembers LD_PRELOAD, as far as it names this library, and the variables that this library
/// reads. Once, before there are threads. Takes memory by malloc, which is never given back.
void remember_environment();

/// "NAME=value" each; empty before. Valid for good.
std::span<char* const> lasting_environment();

}  // namespace farcall::shim::process
