// The messages of routing sockets and of the sysctl net.route, route(4).
#pragma once

#include <cstddef>
#include <vector>

#include "kernel/core/socket.h"
#include "kernel/net/interface.h"
#include "kernel/net/routes.h"

namespace farcall::kernel {

using RouteBytes = std::vector<std::byte>;

/// Appends one rt_msghdr with the route's addresses, all those that RTA_IFP and RTA_IFA name
/// included.
void append_route(RouteBytes& out, int type, const Route& route);
/// Appends an rt_msghdr for a neighbour, with its hardware address as the gateway.
void append_neighbour(RouteBytes& out, const ip_addr_t& address, const std::uint8_t (&hardware)[6],
                      const Interface& interface);
/// Every ARP and neighbour discovery entry of the family, 0 for both.
void append_neighbours(RouteBytes& out, int family);
/// An if_msghdr, then an ifa_msghdr for each address of the family, 0 for all.
void append_interface(RouteBytes& out, const Interface& interface, int family);

/// A sockaddr of `address`'s family.
SocketAddress route_sockaddr(const ip_addr_t& address);
/// How far a sockaddr of this length reaches in a message.
constexpr std::size_t route_roundup(std::size_t length) {
  return length == 0 ? 8 : (length + 7) & ~std::size_t{7};
}

}  // namespace farcall::kernel
