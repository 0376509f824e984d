// IP_PKTINFO in front of a kernel that takes no control messages over IPv4, as NetBSD's. Servers of
// UDP (chrony, dnsmasq, unbound) name the address that their answer is to come from, and mostly it
// comes from there anyway.
#pragma once

#include <cstddef>
#include <span>

#include "personality/sockaddr.h"

namespace farcall::personality {

/// Whether `control`, the program's, is one IP_PKTINFO and names the address and the interface that
/// a packet of `kfd` to `to` has without it; `to` is empty for a connected socket. Some calls to
/// the kernel.
bool names_own_source(int kfd, const KernelAddress& to, std::span<const std::byte> control);

}  // namespace farcall::personality
