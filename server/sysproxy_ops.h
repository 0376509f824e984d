// rumpuser_sp_*: how the kernel reaches the memory and the signals of a client.
#pragma once

#include "farcall/hypercall.h"

namespace farcall::server {

class Server;

/// The operations for farcall_hypercall_set_sysproxy, on behalf of `server`, which must outlive
/// their use. The hypercall interface knows one server in a process: the last call counts.
const farcall_sysproxy_ops* sysproxy_ops(Server& server);

}  // namespace farcall::server
