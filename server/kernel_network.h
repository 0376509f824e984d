// What the kernel tells of its network interfaces.
#pragma once

#include "farcall/interface_list.h"
#include "farcall/result.h"
#include "rump/rumpuser.h"

namespace farcall::server {

/// Asks the kernel by sysctl(NET_RT_IFLIST), as its clients do, in an lwp that the kernel lends to
/// the calling thread, which must have none bound. Sleeps for the kernel's CPU. A NetBSD errno:
/// NB_ENOENT or NB_EOPNOTSUPP of a kernel without networking.
Result<InterfaceList> kernel_interfaces(const rumpuser_hyperup& up);

}  // namespace farcall::server
