// An IPv4 address by DHCP.
#pragma once

#include <string_view>

#include "farcall/result.h"

namespace farcall::kernel {

/// Asks servers for an address for the Ethernet interface of that name, brings it up with it, and
/// makes the router that comes with it the way to everywhere, unless there is one. Sleeps until a
/// server has answered. A thread then keeps the lease: it asks the server that gave it, later all,
/// to extend it, takes the address away when it has ended or a server wants that, and asks for
/// another. It ends with the interface, or when somebody else has taken the address away.
/// NB_EADDRNOTAVAIL: no server gave one within half a minute; NB_ENXIO, NB_EINVAL: it is no such
/// interface, or is no more; NB_EALREADY: it has a lease.
Result<void> dhcp_configure(std::string_view name);

}  // namespace farcall::kernel
