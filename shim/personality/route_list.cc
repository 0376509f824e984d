#include "personality/netbsd.h"

#include "personality/route_list.h"

#include <net/route.h>

#include <algorithm>
#include <cstring>

#include "personality/sysctl.h"

namespace farcall::personality {
namespace {

constexpr std::size_t kIp6Address = offsetof(netbsd::sockaddr_in6, sin6_addr);

int prefix_of(Bytes mask, int flags) {
  if ((flags & NB_RTF_HOST) != 0) return 128;
  if (mask.size() <= kIp6Address) return 0;
  const Bytes bits = mask.subspan(kIp6Address);
  return prefix_length(bits.first(std::min<std::size_t>(bits.size(), 16)));
}

void fill_ipv4(RouteInfo& route, const MessageAddresses& addresses) {
  const bool host = (route.flags & NB_RTF_HOST) != 0;
  route.destination4 = ip4_of(addresses[NB_RTAX_DST]);
  route.mask4 = host ? 0xffffffff : ip4_of(addresses[NB_RTAX_NETMASK]);
  const Bytes gateway = addresses[NB_RTAX_GATEWAY];
  if ((route.flags & NB_RTF_GATEWAY) != 0 && family_of(gateway) == NB_AF_INET)
    route.gateway4 = ip4_of(gateway);
}

void fill_ipv6(RouteInfo& route, const MessageAddresses& addresses) {
  route.destination6 = ip6_of(addresses[NB_RTAX_DST]);
  route.prefix = prefix_of(addresses[NB_RTAX_NETMASK], route.flags);
  const Bytes gateway = addresses[NB_RTAX_GATEWAY];
  if ((route.flags & NB_RTF_GATEWAY) != 0 && family_of(gateway) == NB_AF_INET6)
    route.gateway6 = ip6_of(gateway);
}

bool parse_header(Bytes message, netbsd::rt_msghdr& header, MessageAddresses& addresses) {
  if (message.size() < sizeof header) return false;
  header = read_as<netbsd::rt_msghdr>(message);
  addresses = message_addresses(message.subspan(sizeof header), header.rtm_addrs);
  return true;
}

Sysret read_table(int family, int what, int flags, std::vector<std::byte>& bytes) {
  return sysctl_read({NB_CTL_NET, NB_AF_ROUTE, 0, family, what, flags}, bytes);
}

}  // namespace

std::vector<RouteInfo> parse_routes(Bytes bytes) {
  constexpr int kNotMain = NB_RTF_LLDATA | NB_RTF_LOCAL | NB_RTF_BROADCAST;
  std::vector<RouteInfo> routes;
  RoutingMessage message;
  while (next_message(bytes, message)) {
    netbsd::rt_msghdr header;
    MessageAddresses addresses;
    if (!parse_header(message.bytes, header, addresses) || (header.rtm_flags & kNotMain) != 0)
      continue;
    RouteInfo route;
    route.family = family_of(addresses[NB_RTAX_DST]);
    route.flags = header.rtm_flags;
    route.interface_index = header.rtm_index;
    route.mtu = header.rtm_rmx.rmx_mtu;
    route.uses = static_cast<unsigned>(header.rtm_use);
    if (route.family == NB_AF_INET) fill_ipv4(route, addresses);
    if (route.family == NB_AF_INET6) fill_ipv6(route, addresses);
    routes.push_back(route);
  }
  return routes;
}

std::vector<NeighbourInfo> parse_neighbours(Bytes bytes) {
  constexpr std::size_t kData = offsetof(netbsd::sockaddr_dl, sdl_addr.dl_data);
  std::vector<NeighbourInfo> neighbours;
  RoutingMessage message;
  while (next_message(bytes, message)) {
    netbsd::rt_msghdr header;
    MessageAddresses addresses;
    if (!parse_header(message.bytes, header, addresses)) continue;
    const Bytes link = addresses[NB_RTAX_GATEWAY];
    if (family_of(link) != NB_AF_LINK || family_of(addresses[NB_RTAX_DST]) != NB_AF_INET) continue;
    const auto sdl = read_as<netbsd::sockaddr_dl>(link);
    NeighbourInfo entry;
    entry.address = ip4_of(addresses[NB_RTAX_DST]);
    entry.interface_index = sdl.sdl_index;
    entry.is_static = (header.rtm_flags & NB_RTF_STATIC) != 0 && header.rtm_rmx.rmx_expire == 0;
    const std::size_t start = kData + sdl.sdl_addr.dl_nlen;
    const std::size_t size = std::min<std::size_t>(sdl.sdl_addr.dl_alen, entry.hardware.size());
    if (start + size <= link.size()) {
      std::memcpy(entry.hardware.data(), link.data() + start, size);
      entry.hardware_size = static_cast<unsigned>(size);
    }
    neighbours.push_back(entry);
  }
  return neighbours;
}

Sysret read_routes(int family, std::vector<RouteInfo>& routes) {
  std::vector<std::byte> bytes;
  const Sysret result = read_table(family, NB_NET_RT_DUMP, 0, bytes);
  if (result < 0) return result;
  routes = parse_routes(bytes);
  std::erase_if(routes, [&](const RouteInfo& route) { return route.family != family; });
  return 0;
}

Sysret read_neighbours(std::vector<NeighbourInfo>& neighbours) {
  std::vector<std::byte> bytes;
  const Sysret result = read_table(NB_AF_INET, NB_NET_RT_FLAGS, NB_RTF_LLDATA, bytes);
  if (result < 0) return result;
  neighbours = parse_neighbours(bytes);
  return 0;
}

unsigned route_flags_to_linux(int netbsd_flags) {
  unsigned flags = 0;
  if ((netbsd_flags & NB_RTF_UP) != 0) flags |= RTF_UP;
  if ((netbsd_flags & NB_RTF_GATEWAY) != 0) flags |= RTF_GATEWAY;
  if ((netbsd_flags & NB_RTF_HOST) != 0) flags |= RTF_HOST;
  if ((netbsd_flags & (NB_RTF_REJECT | NB_RTF_BLACKHOLE)) != 0) flags |= RTF_REJECT;
  if ((netbsd_flags & NB_RTF_DYNAMIC) != 0) flags |= RTF_DYNAMIC;
  if ((netbsd_flags & NB_RTF_MODIFIED) != 0) flags |= RTF_MODIFIED;
  return flags;
}

}  // namespace farcall::personality
