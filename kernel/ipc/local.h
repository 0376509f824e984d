// Local sockets, unix(4): streams and datagrams between processes of this kernel, in pairs or by
// name. Names are the kernel's own, one flat space of them; there is no file behind one, and it
// goes with its socket.
#pragma once

#include <utility>

#include "kernel/core/socket.h"

namespace farcall::kernel {

/// Registers AF_LOCAL; from rump_init.
void local_init();

using SocketPair = std::pair<Ref<Socket>, Ref<Socket>>;

/// socketpair(2). NB_EOPNOTSUPP for a family that has no pairs, NB_EPROTONOSUPPORT,
/// NB_ESOCKTNOSUPPORT.
Result<SocketPair> local_pair(int domain, int type, int protocol);

}  // namespace farcall::kernel
