// Errors, which cross the boundary as NetBSD's errno values.
#pragma once

#include <cerrno>

#include "farcall/host_numbers.h"

namespace farcall::hypercall {

using farcall::errno_to_netbsd;

/// A result in the host's convention, -1 and errno, as a hypercall's: 0 or NetBSD's errno.
inline int hypercall_result(long result) { return result == -1 ? errno_to_netbsd(errno) : 0; }

}  // namespace farcall::hypercall
