// A further connection to the server, for a process that may not reach the server's socket any more
// (after chroot, setuid): the server makes it, and hands it out over the connection that is there.
#pragma once

#include "link.h"

namespace farcall::client {

/// A link that the server has greeted. It knows nothing of this process's memory: calls take
/// frames. Errors: EOPNOTSUPP where the server grants none, EAGAIN where it has no more; else as
/// dial. With signals blocked.
Result<Link> ask_for_link();

}  // namespace farcall::client
