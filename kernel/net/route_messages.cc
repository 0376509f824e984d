#include "kernel/net/route_messages.h"

#include <cstring>

#include "kernel/net/address.h"

namespace farcall::kernel {

namespace {

/// Adds sockaddrs behind a header, in the order of their RTA_* bits, which the caller keeps.
template <class Header>
class Message {
 public:
  explicit Message(const Header& header) : bytes_(sizeof header), header_(header) {}

  void add(int bit, const SocketAddress& address) {
    addresses_ |= bit;
    const std::size_t start = bytes_.size();
    bytes_.resize(start + route_roundup(address.size));
    std::memcpy(bytes_.data() + start, address.data, address.size);
  }
  [[nodiscard]] int addresses() const { return addresses_; }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  Header& header() { return header_; }
  void append_to(RouteBytes& out) {
    std::memcpy(bytes_.data(), &header_, sizeof header_);
    out.insert(out.end(), bytes_.begin(), bytes_.end());
  }

 private:
  RouteBytes bytes_;
  Header header_;
  int addresses_ = 0;
};

SocketAddress mask_sockaddr(const Route& route) {
  if (is_v4(route.destination)) return SocketAddress::from(sockaddr_v4(ipv4_mask(route.prefix)));
  return SocketAddress::from(sockaddr_v6_mask(route.prefix));
}

/// The interface's first address of the destination's family.
SocketAddress interface_sockaddr(const Route& route) {
  if (is_v4(route.destination)) {
    const auto addresses = route.interface->ipv4();
    if (!addresses.empty()) return SocketAddress::from(sockaddr_v4(addresses.front().address));
  } else {
    const auto addresses = route.interface->ipv6();
    if (!addresses.empty()) return SocketAddress::from(sockaddr_v6(addresses.front().address));
  }
  return {};
}

netbsd::rt_msghdr route_header(int type, const Interface& interface, int flags) {
  netbsd::rt_msghdr header = {};
  header.rtm_version = NB_RTM_VERSION;
  header.rtm_type = static_cast<unsigned char>(type);
  header.rtm_index = static_cast<unsigned short>(interface.index());
  header.rtm_flags = flags;
  header.rtm_rmx.rmx_mtu = interface.mtu();
  return header;
}

void finish(Message<netbsd::rt_msghdr>& message, RouteBytes& out) {
  message.header().rtm_addrs = message.addresses();
  message.header().rtm_msglen = static_cast<unsigned short>(message.size());
  message.append_to(out);
}

void append_address(RouteBytes& out, const Interface& interface, const SocketAddress& mask,
                    const SocketAddress& address, const SocketAddress& broadcast) {
  netbsd::ifa_msghdr header = {};
  header.ifam_version = NB_RTM_VERSION;
  header.ifam_type = NB_RTM_NEWADDR;
  header.ifam_index = static_cast<unsigned short>(interface.index());
  header.ifam_metric = interface.metric;
  Message message(header);
  message.add(NB_RTA_NETMASK, mask);
  message.add(NB_RTA_IFA, address);
  if (broadcast.size != 0) message.add(NB_RTA_BRD, broadcast);
  message.header().ifam_addrs = message.addresses();
  message.header().ifam_msglen = static_cast<unsigned short>(message.size());
  message.append_to(out);
}

}  // namespace

SocketAddress route_sockaddr(const ip_addr_t& address) {
  if (is_v4(address)) return SocketAddress::from(sockaddr_v4(*ip_2_ip4(&address)));
  return SocketAddress::from(sockaddr_v6(*ip_2_ip6(&address)));
}

void append_route(RouteBytes& out, int type, const Route& route) {
  const SocketAddress link = SocketAddress::from(route.interface->link_sockaddr());
  Message message(route_header(type, *route.interface, route.flags));
  message.add(NB_RTA_DST, route_sockaddr(route.destination));
  const bool gateway = (route.flags & NB_RTF_GATEWAY) != 0;
  message.add(NB_RTA_GATEWAY, gateway ? route_sockaddr(route.gateway) : link);
  if ((route.flags & NB_RTF_HOST) == 0) message.add(NB_RTA_NETMASK, mask_sockaddr(route));
  message.add(NB_RTA_IFP, link);
  if (const SocketAddress own = interface_sockaddr(route); own.size != 0) {
    message.add(NB_RTA_IFA, own);
  }
  finish(message, out);
}

void append_neighbour(RouteBytes& out, const ip_addr_t& address, const std::uint8_t (&hardware)[6],
                      const Interface& interface) {
  Message message(route_header(NB_RTM_GET, interface, NB_RTF_UP | NB_RTF_HOST | NB_RTF_LLDATA));
  message.add(NB_RTA_DST, route_sockaddr(address));
  netbsd::sockaddr_dl link = interface.link_sockaddr();
  std::memcpy(link.sdl_addr.dl_data + link.sdl_addr.dl_nlen, hardware, sizeof hardware);
  message.add(NB_RTA_GATEWAY, SocketAddress::from(link));
  message.add(NB_RTA_IFP, SocketAddress::from(interface.link_sockaddr()));
  finish(message, out);
}

void append_neighbours(RouteBytes& out, int family) {
  for (std::size_t i = 0; family != NB_AF_INET6 && i < ARP_TABLE_SIZE; ++i) {
    ip4_addr_t* address = nullptr;
    struct netif* netif = nullptr;
    struct eth_addr* hardware = nullptr;
    if (etharp_get_entry(i, &address, &netif, &hardware) == 0) continue;
    append_neighbour(out, ip_from(*address), hardware->addr, *interface_of(netif));
  }
  for (std::size_t i = 0; family != NB_AF_INET && i < LWIP_ND6_NUM_NEIGHBORS; ++i) {
    const struct nd6_neighbor_cache_entry& entry = neighbor_cache[i];
    if (entry.state == ND6_NO_ENTRY || entry.state == ND6_INCOMPLETE) continue;
    std::uint8_t hardware[6];
    std::memcpy(hardware, entry.lladdr, sizeof hardware);
    append_neighbour(out, ip_from(entry.next_hop_address), hardware, *interface_of(entry.netif));
  }
}

void append_interface(RouteBytes& out, const Interface& interface, int family) {
  netbsd::if_msghdr header = {};
  header.ifm_version = NB_RTM_VERSION;
  header.ifm_type = NB_RTM_IFINFO;
  header.ifm_flags = interface.flags();
  header.ifm_index = static_cast<unsigned short>(interface.index());
  const netbsd::if_data data = interface.data();
  static_assert(sizeof header.ifm_data == sizeof data);
  std::memcpy(&header.ifm_data, &data, sizeof data);
  Message message(header);
  message.add(NB_RTA_IFP, SocketAddress::from(interface.link_sockaddr()));
  message.header().ifm_addrs = message.addresses();
  message.header().ifm_msglen = static_cast<unsigned short>(message.size());
  message.append_to(out);

  const bool broadcasts = (interface.flags() & NB_IFF_BROADCAST) != 0;
  for (const InterfaceAddress4& each : interface.ipv4()) {
    if (family != NB_AF_UNSPEC && family != NB_AF_INET) break;
    const SocketAddress broadcast =
        broadcasts ? SocketAddress::from(sockaddr_v4(interface.broadcast(each))) : SocketAddress{};
    append_address(out, interface, SocketAddress::from(sockaddr_v4(each.mask)),
                   SocketAddress::from(sockaddr_v4(each.address)), broadcast);
  }
  for (const InterfaceAddress6& each : interface.ipv6()) {
    if (family != NB_AF_UNSPEC && family != NB_AF_INET6) break;
    append_address(out, interface, SocketAddress::from(sockaddr_v6_mask(each.prefix)),
                   SocketAddress::from(sockaddr_v6(each.address)), {});
  }
}

}  // namespace farcall::kernel
