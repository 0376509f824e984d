#pragma once

#include "kernel/net/route_messages.h"

namespace farcall::kernel {

/// Carries out one message as a process wrote it. The answer: the message, completed, to be passed
/// to the listeners. Errors: NB_EINVAL for a malformed one, NB_EPERM, NB_EEXIST, NB_ESRCH,
/// NB_ENETUNREACH, NB_EOPNOTSUPP for a type that is not supported.
Result<RouteBytes> route_request(const RouteBytes& message);

}  // namespace farcall::kernel
