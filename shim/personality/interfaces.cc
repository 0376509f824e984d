// What getifaddrs(3) and if_nameindex(3) ask for.
#include "personality/netbsd.h"

#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>

#include <cstring>

#include "personality/flags.h"
#include "personality/interface_list.h"
#include "personality/ioctl_in6.h"
#include "personality/personality.h"

namespace farcall::personality {
namespace {

template <class T>
sockaddr_storage storage_of(const T& address) {
  sockaddr_storage storage = {};
  std::memcpy(&storage, &address, sizeof address);
  return storage;
}

sockaddr_storage inet_storage(std::uint32_t address) {
  sockaddr_in in = {};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = address;
  return storage_of(in);
}

sockaddr_storage inet6_storage(const Ip6& address) {
  sockaddr_in6 in6 = {};
  in6.sin6_family = AF_INET6;
  std::memcpy(&in6.sin6_addr, address.bytes.data(), sizeof in6.sin6_addr);
  in6.sin6_scope_id = address.scope;
  return storage_of(in6);
}

sockaddr_storage link_storage(const InterfaceInfo& interface, bool broadcast) {
  sockaddr_ll link = {};
  link.sll_family = AF_PACKET;
  link.sll_ifindex = static_cast<int>(interface.index);
  link.sll_hatype = hardware_type(interface);
  link.sll_halen =
      static_cast<unsigned char>(interface.hardware_size == 0 ? 6 : interface.hardware_size);
  const bool ones = broadcast && (interface_flags_to_linux(interface.flags) & IFF_BROADCAST) != 0;
  if (ones) std::memset(link.sll_addr, 0xff, link.sll_halen);
  if (!broadcast) std::memcpy(link.sll_addr, interface.hardware.data(), interface.hardware_size);
  return storage_of(link);
}

void add_link(const InterfaceInfo& one, std::vector<InterfaceAddress>& out) {
  out.push_back({one.name,
                 interface_flags_to_linux(one.flags),
                 link_storage(one, false),
                 {},
                 link_storage(one, true)});
}

void add_addresses(const InterfaceInfo& one, std::vector<InterfaceAddress>& out) {
  const unsigned flags = interface_flags_to_linux(one.flags);
  const bool has_broadcast = (flags & (IFF_BROADCAST | IFF_POINTOPOINT)) != 0;
  for (const Ip4Address& entry : one.ipv4) {
    InterfaceAddress address{
        entry.label, flags, inet_storage(entry.address), inet_storage(entry.mask), {}};
    if (has_broadcast) address.broadcast = inet_storage(entry.broadcast);
    out.push_back(std::move(address));
  }
  for (const Ip6Address& entry : one.ipv6) {
    out.push_back(
        {one.name, flags, inet6_storage(entry.address), inet6_storage(ip6_mask(entry.prefix)), {}});
  }
}

}  // namespace

Sysret interfaces(std::vector<Interface>& out) {
  InterfaceList list;
  const Sysret result = read_interfaces(list);
  out.clear();
  for (const InterfaceInfo& one : list) out.push_back({one.name, one.index});
  return result;
}

Sysret interface_addresses(std::vector<InterfaceAddress>& out) {
  InterfaceList list;
  const Sysret result = read_interfaces(list);
  out.clear();
  for (const InterfaceInfo& one : list) add_link(one, out);
  for (const InterfaceInfo& one : list) add_addresses(one, out);
  return result;
}

}  // namespace farcall::personality
