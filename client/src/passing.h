// Kernel descriptors on their way to another process, through the host's local sockets.
//
// What crosses is a connection of its own to the server, behind which stands a kernel process that
// has the one descriptor. So it stays open for as long as the host keeps the message, whatever
// becomes of who sent it; and when nobody takes the message, the connection ends with it, and the
// kernel process with that. Who receives it has that process send the descriptor to its own, over
// the kernel's local sockets (SCM_RIGHTS). It takes sysproxy 0.4 and no more.
#pragma once

#include "farcall/result.h"

namespace farcall::client {

/// Packs kernel descriptor `kfd` of this process, which keeps it. The connection's descriptor is
/// one of our own, for the caller to send and then to close with close_own. Errors are the host's:
/// EBADF; EOPNOTSUPP for a kernel without local sockets, or in this process; what connecting says.
Result<int> pack(int kfd);

/// Whether `fd` is such a connection, as far as can be seen.
bool is_packed(int fd);

/// A kernel descriptor of this process for what is packed in `fd`, which stays open. `again`:
/// others will unpack it, too. Who made `fd` is not trusted. Errors are the host's: ENOENT for
/// another kernel's; EPROTO, ETIMEDOUT for what is none.
Result<int> unpack(int fd, bool again);

}  // namespace farcall::client
