// SIOCSIFADDR and SIOCDIFADDR on IPv6 sockets, whose argument is Linux's in6_ifreq.
#pragma once

#include "personality/interface_list.h"

namespace farcall::personality {

/// 0 or a negative Linux errno: -EINVAL for a prefix over 128, -ENODEV, -EEXIST, -EADDRNOTAVAIL.
Sysret change_ip6_address(int kfd, const InterfaceList& list, unsigned long command,
                          const void* argument);

/// The beginning of `prefix` one bits.
Ip6 ip6_mask(int prefix);

}  // namespace farcall::personality
