// The kernel's routes and link-layer neighbours, from sysctl(NET_RT_DUMP) and sysctl(NET_RT_FLAGS).
#pragma once

#include "personality/netbsd.h"

#include <array>
#include <cstdint>
#include <vector>

#include "farcall/routing_message.h"
#include "personality/personality.h"

namespace farcall::personality {

struct RouteInfo {
  int family = 0;  ///< NetBSD's AF_*
  int flags = 0;   ///< NetBSD's RTF_*
  unsigned interface_index = 0;
  std::uint32_t destination4 = 0, mask4 = 0, gateway4 = 0;  ///< AF_INET; network order
  Ip6 destination6, gateway6;                               ///< AF_INET6
  int prefix = 0;
  unsigned long mtu = 0;
  unsigned uses = 0;
};

struct NeighbourInfo {
  std::uint32_t address = 0;  ///< network order
  unsigned interface_index = 0;
  bool is_static = false;  ///< it was entered by hand, or is an own address
  std::array<std::uint8_t, 8> hardware = {};
  unsigned hardware_size = 0;  ///< 0 while it is being asked for
};

/// Routes that Linux's main table would hold: those of link-layer entries, own addresses and
/// broadcasts are left out.
std::vector<RouteInfo> parse_routes(Bytes bytes);
/// Of a dump of link-layer entries alone. NetBSD's kernel leaves in the headers' flags and
/// interfaces what was there before, so these come from elsewhere.
std::vector<NeighbourInfo> parse_neighbours(Bytes bytes);

/// `family` is NetBSD's. 0 or a negative Linux errno.
Sysret read_routes(int family, std::vector<RouteInfo>& routes);
/// Of IPv4: the ARP table.
Sysret read_neighbours(std::vector<NeighbourInfo>& neighbours);

/// RTF_* of <net/route.h>.
unsigned route_flags_to_linux(int netbsd_flags);

}  // namespace farcall::personality
