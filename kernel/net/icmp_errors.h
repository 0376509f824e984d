#pragma once

#include "farcall/result.h"

namespace farcall::kernel {

/// From now on ICMP's "unreachable" messages reach the UDP sockets whose packets caused them; lwIP
/// drops them. Once, while the kernel starts. NB_ENOBUFS.
Result<void> icmp_errors_init();

}  // namespace farcall::kernel
