// The handlers behind the table in if_ioctl.cc. `data` is the command's argument, of the structure
// that its name tells.
#pragma once

#include "farcall/result.h"

namespace farcall::kernel {

class Interface;

// struct ifreq, ifaliasreq, in_aliasreq (if_ioctl_in.cc)
Result<void> get_address(Interface& interface, void* data);
Result<void> get_netmask(Interface& interface, void* data);
Result<void> get_broadcast(Interface& interface, void* data);
Result<void> get_destination(Interface& interface, void* data);
Result<void> get_alias(Interface& interface, void* data);
Result<void> set_address(Interface& interface, void* data);
Result<void> set_netmask(Interface& interface, void* data);
Result<void> set_broadcast(Interface& interface, void* data);
Result<void> add_alias(Interface& interface, void* data);
Result<void> delete_address(Interface& interface, void* data);

// struct in6_ifreq, in6_aliasreq (if_ioctl_in6.cc)
Result<void> get_address6(Interface& interface, void* data);
Result<void> get_netmask6(Interface& interface, void* data);
Result<void> get_flags6(Interface& interface, void* data);
Result<void> get_lifetime6(Interface& interface, void* data);
Result<void> add_alias6(Interface& interface, void* data);
Result<void> delete_address6(Interface& interface, void* data);

}  // namespace farcall::kernel
