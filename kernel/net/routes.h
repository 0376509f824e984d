// Routes: those that follow from the interfaces' addresses, and those that were added.
#pragma once

#include <vector>

#include "farcall/result.h"
#include "kernel/net/lwip.h"

namespace farcall::kernel {

class Interface;

struct Route {
  ip_addr_t destination;
  int prefix;
  ip_addr_t gateway;  ///< only with RTF_GATEWAY
  Interface* interface;
  int flags;  ///< RTF_*
};

/// Every route, in the order in which they are tried: longest prefix first.
std::vector<Route> routes_all();

/// The route that a packet to `destination` takes; nullptr-like (interface == nullptr) when there
/// is none.
Route route_lookup(const ip_addr_t& destination);

/// Adds a route that goes through `gateway`, which must be reachable without one: NB_ENETUNREACH.
/// NB_EEXIST.
Result<void> route_add(const ip_addr_t& destination, int prefix, const ip_addr_t& gateway);
Result<void> route_remove(const ip_addr_t& destination, int prefix);  // NB_ESRCH
Result<void> route_change(const ip_addr_t& destination, int prefix, const ip_addr_t& gateway);
/// Forgets the routes that leave by it.
void routes_forget(const Interface* interface);

/// Whether packets that came in and are for others are sent on: net.inet.ip.forwarding,
/// net.inet6.ip6.forwarding. Off at the start, as in NetBSD.
struct Forwarding {
  int v4 = 0, v6 = 0;
};
Forwarding& forwarding();

/// The neighbour to which a packet for `destination` is handed: itself or a gateway.
ip4_addr_t next_hop(const ip4_addr_t& destination);
ip6_addr_t next_hop(const ip6_addr_t& destination);

}  // namespace farcall::kernel
