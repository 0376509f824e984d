// What sendmsg and recvmsg have in common.
#pragma once

#include "personality/netbsd.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <span>

#include "personality/personality.h"

namespace farcall::personality {

static_assert(sizeof(iovec) == sizeof(netbsd::iovec) &&
              offsetof(iovec, iov_len) == offsetof(netbsd::iovec, iov_len));

/// UIO_MAXIOV of Linux, IOV_MAX of NetBSD.
inline constexpr std::size_t kMostVectors = 1024;

/// Lets `header` point to the program's vectors.
void aim(netbsd::msghdr& header, std::span<const iovec> vectors);

/// 0, or what Linux says about a msghdr that it will not even look into.
Sysret check_message(const msghdr& message);

}  // namespace farcall::personality
