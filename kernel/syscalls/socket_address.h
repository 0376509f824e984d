// Socket addresses on their way in and out of a process.
#pragma once

#include "kernel/core/socket.h"
#include "kernel/core/uio.h"

namespace farcall::kernel {

/// `length` bytes at `address`; their own length byte is set to `length`. NB_EINVAL when there are
/// too many or too few.
Result<SocketAddress> copyin_socket_address(UserAddress address, std::size_t length);

/// Copies what fits of `from` to `address` and returns how many bytes those were; none when
/// `address` is 0.
Result<std::uint32_t> copyout_socket_address(const SocketAddress& from, UserAddress address,
                                             std::uint32_t room);

/// The same where the room is an in-out argument, as in accept(2). Nothing when `address` is 0.
Result<void> return_socket_address(const SocketAddress& from, UserAddress address,
                                   UserAddress length_address);

}  // namespace farcall::kernel
