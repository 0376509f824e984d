// SIOCADDRT, SIOCDELRT and the ARP requests.
#pragma once

#include "personality/personality.h"

namespace farcall::personality {

/// `family` is the socket's (Linux's): its requests have different arguments. 0 or a negative Linux
/// errno.
Sysret route_ioctl(int family, unsigned long command, const void* argument);
Sysret arp_ioctl(unsigned long command, void* argument);

}  // namespace farcall::personality
