#include "kernel/net/routes.h"

#include <algorithm>

#include "kernel/net/address.h"
#include "kernel/net/interface.h"
#include "netbsd/constants.h"

namespace farcall::kernel {

Forwarding& forwarding() {
  static constinit Forwarding state;
  return state;
}

namespace {

/// Those that were added. Never destroyed: the stack runs until the process ends.
std::vector<Route>* added_routes;

std::vector<Route>& static_routes() {
  if (added_routes == nullptr) added_routes = new std::vector<Route>;
  return *added_routes;
}

bool usable(const struct netif* netif) { return netif_is_up(netif) && netif_is_link_up(netif); }

bool covers(const Route& route, const ip_addr_t& address) {
  if (is_v4(route.destination) != is_v4(address)) return false;
  if (is_v4(address)) {
    const std::uint32_t difference = ip_2_ip4(&route.destination)->addr ^ ip_2_ip4(&address)->addr;
    return (difference & ipv4_mask(route.prefix).addr) == 0;
  }
  return ipv6_prefix_equal(*ip_2_ip6(&route.destination), *ip_2_ip6(&address), route.prefix);
}

bool same_target(const Route& route, const ip_addr_t& destination, int prefix) {
  return route.prefix == prefix && covers(route, destination);
}

void append_connected(std::vector<Route>& routes, Interface* interface) {
  const bool loopback = (interface->flags() & NB_IFF_LOOPBACK) != 0;
  for (const InterfaceAddress4& each : interface->ipv4()) {
    const int prefix = ipv4_prefix(each.mask);
    const ip4_addr_t net = {each.address.addr & each.mask.addr};
    routes.push_back(
        {ip_from(each.address), 32, {}, interface, NB_RTF_UP | NB_RTF_HOST | NB_RTF_LOCAL});
    if (prefix == 32) continue;
    routes.push_back(
        {ip_from(net), prefix, {}, interface, NB_RTF_UP | (loopback ? 0 : NB_RTF_CONNECTED)});
  }
  for (const InterfaceAddress6& each : interface->ipv6()) {
    routes.push_back(
        {ip_from(each.address), 128, {}, interface, NB_RTF_UP | NB_RTF_HOST | NB_RTF_LOCAL});
    if (each.prefix == 128) continue;
    const netbsd::sockaddr_in6 mask = sockaddr_v6_mask(each.prefix);
    const auto* words = reinterpret_cast<const std::uint32_t*>(&mask.sin6_addr);
    ip6_addr_t net = each.address;
    for (int i = 0; i < 4; ++i) net.addr[i] &= words[i];
    routes.push_back({ip_from(net), each.prefix, {}, interface, NB_RTF_UP | NB_RTF_CONNECTED});
  }
}

const Route* best_static(const ip_addr_t& destination) {
  const Route* best = nullptr;
  for (const Route& route : static_routes()) {
    if (!covers(route, destination) || !usable(route.interface->primary())) continue;
    if (best == nullptr || route.prefix > best->prefix) best = &route;
  }
  return best;
}

struct netif* connected_v4(const ip4_addr_t& destination, int& prefix) {
  struct netif* best = nullptr;
  for (struct netif* netif = netif_list; netif != nullptr; netif = netif->next) {
    if (!usable(netif) || ip4_addr_isany_val(*netif_ip4_addr(netif))) continue;
    if (!ip4_addr_netcmp(&destination, netif_ip4_addr(netif), netif_ip4_netmask(netif))) continue;
    const bool own = netif_ip4_addr(netif)->addr == destination.addr;
    const int length = own ? 33 : ipv4_prefix(*netif_ip4_netmask(netif));
    if (best != nullptr && length <= prefix) continue;
    best = netif;
    prefix = length;
  }
  return best;
}

/// For destinations that no prefix decides: multicast and the broadcast address.
struct netif* everywhere_netif(int flag) {
  for (auto& interface : interfaces()) {
    struct netif* netif = interface->primary();
    if ((interface->flags() & (NB_IFF_LOOPBACK | NB_IFF_UP)) == NB_IFF_UP &&
        (interface->flags() & flag) != 0 && !ip4_addr_isany_val(*netif_ip4_addr(netif))) {
      return netif;
    }
  }
  return nullptr;
}

/// The netif of `interface` whose address a packet to `gateway` should come from.
struct netif* netif_towards(Interface* interface, const ip_addr_t& gateway) {
  if (!is_v4(gateway)) return interface->primary();
  int prefix = 0;
  struct netif* netif = connected_v4(*ip_2_ip4(&gateway), prefix);
  return netif != nullptr && interface->owns(netif) ? netif : interface->primary();
}

struct netif* route_v4(const ip4_addr_t& destination) {
  int prefix = 0;
  struct netif* connected = connected_v4(destination, prefix);
  const Route* route = best_static(ip_from(destination));
  if (connected != nullptr && (route == nullptr || route->prefix <= prefix)) return connected;
  const bool multicast = ip4_addr_ismulticast(&destination);
  if (multicast || destination.addr == IPADDR_BROADCAST) {
    if (struct netif* netif = everywhere_netif(multicast ? NB_IFF_MULTICAST : NB_IFF_BROADCAST)) {
      return netif;
    }
    Interface* lo0 = interface_by_name("lo0");
    return multicast && lo0 != nullptr ? lo0->primary() : nullptr;
  }
  return route == nullptr ? nullptr : netif_towards(route->interface, route->gateway);
}

struct netif* connected_v6(const ip6_addr_t& destination) {
  struct netif* best = nullptr;
  int length = -1;
  for (struct netif* netif = netif_list; netif != nullptr; netif = netif->next) {
    if (!usable(netif)) continue;
    for (int slot = 0; slot < LWIP_IPV6_NUM_ADDRESSES; ++slot) {
      const ip6_addr_t* address = netif_ip6_addr(netif, slot);
      if (!ip6_addr_isvalid(netif_ip6_addr_state(netif, slot))) continue;
      const bool own = ip6_addr_cmp_zoneless(address, &destination);
      const int prefix = own ? 129 : interface_of(netif)->ipv6_prefix(slot);
      if (ip6_addr_islinklocal(address) || prefix <= length) continue;
      if (!own && !ipv6_prefix_equal(*address, destination, prefix)) continue;
      best = netif;
      length = prefix;
    }
  }
  return best;
}

struct netif* scoped_v6(const ip6_addr_t* source, const ip6_addr_t* destination) {
  if (ip6_addr_has_zone(destination)) return netif_get_by_index(ip6_addr_zone(destination));
  if (source != nullptr && ip6_addr_has_zone(source)) {
    return netif_get_by_index(ip6_addr_zone(source));
  }
  if (struct netif* netif = everywhere_netif(NB_IFF_MULTICAST)) return netif;
  for (auto& interface : interfaces()) {
    const bool loopback = (interface->flags() & NB_IFF_LOOPBACK) != 0;
    if (!loopback && usable(interface->primary())) return interface->primary();
  }
  Interface* lo0 = interface_by_name("lo0");
  return lo0 == nullptr ? nullptr : lo0->primary();
}

struct netif* route_v6(const ip6_addr_t* source, const ip6_addr_t* destination) {
  if (ip6_addr_has_scope(destination, IP6_UNKNOWN) || ip6_addr_ismulticast(destination)) {
    struct netif* netif = scoped_v6(source, destination);
    return netif != nullptr && usable(netif) ? netif : nullptr;
  }
  if (struct netif* netif = connected_v6(*destination)) return netif;
  if (const Route* route = best_static(ip_from(*destination))) return route->interface->primary();
  return nd6_find_route(destination);
}

}  // namespace

std::vector<Route> routes_all() {
  std::vector<Route> routes;
  for (auto& interface : interfaces()) append_connected(routes, interface.get());
  routes.insert(routes.end(), static_routes().begin(), static_routes().end());
  std::ranges::stable_sort(routes, [](const Route& a, const Route& b) {
    if (is_v4(a.destination) != is_v4(b.destination)) return is_v4(a.destination);
    return a.prefix > b.prefix;
  });
  return routes;
}

Route route_lookup(const ip_addr_t& destination) {
  for (const Route& route : routes_all()) {
    if (covers(route, destination) && usable(route.interface->primary())) return route;
  }
  return {};
}

Result<void> route_add(const ip_addr_t& destination, int prefix, const ip_addr_t& gateway) {
  for (const Route& route : static_routes()) {
    if (same_target(route, destination, prefix)) return Error{NB_EEXIST};
  }
  const Route towards = route_lookup(gateway);
  if (towards.interface == nullptr || (towards.flags & NB_RTF_GATEWAY) != 0) {
    return Error{NB_ENETUNREACH};
  }
  const bool host = prefix == (is_v4(destination) ? 32 : 128);
  static_routes().push_back(
      {destination, prefix, gateway, towards.interface,
       NB_RTF_UP | NB_RTF_GATEWAY | NB_RTF_STATIC | (host ? NB_RTF_HOST : 0)});
  return {};
}

Result<void> route_remove(const ip_addr_t& destination, int prefix) {
  const auto gone = std::erase_if(
      static_routes(), [&](const Route& route) { return same_target(route, destination, prefix); });
  if (gone == 0) return Error{NB_ESRCH};
  return {};
}

Result<void> route_change(const ip_addr_t& destination, int prefix, const ip_addr_t& gateway) {
  FARCALL_TRY(route_remove(destination, prefix));
  return route_add(destination, prefix, gateway);
}

void routes_forget(const Interface* interface) {
  std::erase_if(static_routes(),
                [interface](const Route& route) { return route.interface == interface; });
}

ip4_addr_t next_hop(const ip4_addr_t& destination) {
  if (ip4_addr_ismulticast(&destination) || destination.addr == IPADDR_BROADCAST)
    return destination;
  int prefix = 0;
  const struct netif* connected = connected_v4(destination, prefix);
  const Route* route = best_static(ip_from(destination));
  if (route == nullptr || (connected != nullptr && prefix >= route->prefix)) return destination;
  return *ip_2_ip4(&route->gateway);
}

ip6_addr_t next_hop(const ip6_addr_t& destination) {
  if (ip6_addr_has_scope(&destination, IP6_UNKNOWN) || ip6_addr_ismulticast(&destination) ||
      connected_v6(destination) != nullptr) {
    return destination;
  }
  const Route* route = best_static(ip_from(destination));
  return route == nullptr ? destination : *ip_2_ip6(&route->gateway);
}

}  // namespace farcall::kernel

FARCALL_REPLACES_LWIP struct netif* ip4_route(const ip4_addr_t* destination) {
  // Only a packet that is to be forwarded is routed by the very address that it came with.
  if (destination == ip4_current_dest_addr() && farcall::kernel::forwarding().v4 == 0)
    return nullptr;
  return farcall::kernel::route_v4(*destination);
}

FARCALL_REPLACES_LWIP struct netif* ip6_route(const ip6_addr_t* source,
                                              const ip6_addr_t* destination) {
  if (destination == ip6_current_dest_addr() && farcall::kernel::forwarding().v6 == 0)
    return nullptr;
  return farcall::kernel::route_v6(source, destination);
}
