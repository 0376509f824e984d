// errno values: the host's, NetBSD's.
#pragma once

#include <cerrno>

namespace farcall::hypercall {

/// NetBSD's value for a host errno; 0 stays 0, and what NetBSD has nothing near to is EINVAL.
int netbsd_errno(int host_errno);

/// The reverse; EINVAL for what the host lacks.
int host_errno(int netbsd_errno);

/// A result in the host's convention, -1 and errno, as a hypercall's: 0 or NetBSD's errno.
inline int hypercall_result(long result) { return result == -1 ? netbsd_errno(errno) : 0; }

}  // namespace farcall::hypercall
