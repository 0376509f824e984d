// User-mode NAT: a network between a kernel's interface and the host, which makes the kernel's
// connections its own. Nobody must be root for it.
#pragma once

#include "server/nat/start.h"

namespace farcall::server {

/// Starts the NAT that `spec` describes, in a thread of its own, until the process ends. It is a
/// device whose name, which this returns ("nat:0"), rumpuser_open takes behind "tap:". The
/// complaint: a port that the host does not give. To be called before programs use the kernel, by
/// one thread.
NatOutcome start_nat(const NatSpec& spec, NatLog log);

}  // namespace farcall::server
