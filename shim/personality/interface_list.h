// The kernel's interfaces with everything that Linux programs ask about them: one snapshot from
// sysctl(NET_RT_IFLIST).
#pragma once

#include "personality/netbsd.h"

#include <string_view>

#include "farcall/interface_list.h"
#include "personality/personality.h"

namespace farcall::personality {

/// From the bytes of the sysctl. Malformed messages end the list. Addresses have the names that
/// nobody gave them.
InterfaceList parse_interfaces(Bytes bytes);
/// Asks the kernel, for the names of addresses as well. 0 or a negative Linux errno.
Sysret read_interfaces(InterfaceList& list);

const InterfaceInfo* find_interface(const InterfaceList& list, std::string_view name);
const InterfaceInfo* find_interface(const InterfaceList& list, unsigned index);

/// ARPHRD_* of <net/if_arp.h>.
unsigned short hardware_type(const InterfaceInfo& interface);

}  // namespace farcall::personality
