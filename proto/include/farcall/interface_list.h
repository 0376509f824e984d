// The kernel's interfaces, out of the answer of sysctl(NET_RT_IFLIST). Pure functions.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "farcall/routing_message.h"

namespace farcall {

struct Ip4Address {
  std::uint32_t address = 0;  ///< this and the others in network order
  std::uint32_t mask = 0;
  std::uint32_t broadcast = 0;  ///< or the peer's address
  std::string label = {};       ///< a name for it, where names are given
};

struct Ip6Address {
  Ip6 address;
  int prefix = 0;
};

struct InterfaceInfo {
  std::string name;
  unsigned index = 0;
  int flags = 0;  ///< NetBSD's IFF_*
  netbsd::if_data data = {};
  std::array<std::uint8_t, 8> hardware = {};
  unsigned hardware_size = 0;
  std::vector<Ip4Address> ipv4;
  std::vector<Ip6Address> ipv6;
};

using InterfaceList = std::vector<InterfaceInfo>;

namespace routing_detail {

inline void take_link_address(InterfaceInfo& interface, Bytes sockaddr) {
  constexpr std::size_t kData = offsetof(netbsd::sockaddr_dl, sdl_addr.dl_data);
  if (family_of(sockaddr) != NB_AF_LINK || sockaddr.size() < kData) return;
  const auto header = read_as<netbsd::sockaddr_dl>(sockaddr);
  const Bytes data = sockaddr.subspan(kData);
  const std::size_t name_size = std::min<std::size_t>(header.sdl_addr.dl_nlen, data.size());
  interface.name.assign(reinterpret_cast<const char*>(data.data()), name_size);
  const Bytes hardware = data.subspan(name_size);
  const std::size_t size = std::min<std::size_t>(header.sdl_addr.dl_alen, hardware.size());
  interface.hardware_size = static_cast<unsigned>(std::min(size, interface.hardware.size()));
  std::memcpy(interface.hardware.data(), hardware.data(), interface.hardware_size);
}

inline void add_interface(InterfaceList& list, Bytes message) {
  if (message.size() < sizeof(netbsd::if_msghdr)) return;
  const auto header = read_as<netbsd::if_msghdr>(message);
  InterfaceInfo interface;
  interface.index = header.ifm_index;
  interface.flags = header.ifm_flags;
  std::memcpy(&interface.data, &header.ifm_data, sizeof interface.data);
  const auto addresses = message_addresses(message.subspan(sizeof header), header.ifm_addrs);
  take_link_address(interface, addresses[NB_RTAX_IFP]);
  if (!interface.name.empty()) list.push_back(std::move(interface));
}

inline void add_address(InterfaceList& list, Bytes message) {
  if (message.size() < sizeof(netbsd::ifa_msghdr)) return;
  const auto header = read_as<netbsd::ifa_msghdr>(message);
  const auto addresses = message_addresses(message.subspan(sizeof header), header.ifam_addrs);
  const auto owner = std::find_if(list.begin(), list.end(), [&](const InterfaceInfo& one) {
    return one.index == header.ifam_index;
  });
  if (owner == list.end()) return;
  const Bytes address = addresses[NB_RTAX_IFA];
  const Bytes mask = addresses[NB_RTAX_NETMASK];
  if (family_of(address) == NB_AF_INET) {
    owner->ipv4.push_back({ip4_of(address), ip4_of(mask), ip4_of(addresses[NB_RTAX_BRD]), {}});
  } else if (family_of(address) == NB_AF_INET6) {
    constexpr std::size_t kAddress = offsetof(netbsd::sockaddr_in6, sin6_addr);
    const Bytes bits = mask.size() > kAddress ? mask.subspan(kAddress) : Bytes{};
    owner->ipv6.push_back(
        {ip6_of(address), prefix_length(bits.first(std::min<std::size_t>(bits.size(), 16)))});
  }
}

}  // namespace routing_detail

/// Malformed messages end the list.
inline InterfaceList interfaces_from(Bytes bytes) {
  InterfaceList list;
  RoutingMessage message;
  while (next_message(bytes, message)) {
    if (message.type == NB_RTM_IFINFO) routing_detail::add_interface(list, message.bytes);
    if (message.type == NB_RTM_NEWADDR) routing_detail::add_address(list, message.bytes);
  }
  return list;
}

}  // namespace farcall
