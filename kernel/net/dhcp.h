// An IPv4 address by DHCP.
#pragma once

#include <string_view>

#include "farcall/result.h"

namespace farcall::kernel {

/// Asks servers for an address for the Ethernet interface of that name, brings it up with it, and
/// makes the router that comes with it the way to everywhere, unless there is one. Sleeps until a
/// server has answered; the interface must stay. It keeps the address; the lease is not renewed.
/// NB_EADDRNOTAVAIL: no server gave one within half a minute; NB_ENXIO, NB_EINVAL: it is no such
/// interface.
Result<void> dhcp_configure(std::string_view name);

}  // namespace farcall::kernel
