// What the kernel says a socket is; one call each.
#pragma once

#include "personality/personality.h"

namespace farcall::personality {

/// Linux's AF_*, or a negative Linux errno: -ENOTSOCK, -EBADF.
Sysret socket_family(int kfd);
/// SOCK_STREAM …, or a negative Linux errno.
Sysret socket_type(int kfd);

}  // namespace farcall::personality
