#include "personality/netbsd.h"

#include "personality/interface_list.h"

#include <net/if_arp.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "personality/sysctl.h"

namespace farcall::personality {
namespace {

void take_link_address(InterfaceInfo& interface, Bytes sockaddr) {
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

void add_interface(InterfaceList& list, Bytes message) {
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

void add_address(InterfaceList& list, Bytes message) {
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
    owner->ipv4.push_back({ip4_of(address), ip4_of(mask), ip4_of(addresses[NB_RTAX_BRD])});
  } else if (family_of(address) == NB_AF_INET6) {
    constexpr std::size_t kAddress = offsetof(netbsd::sockaddr_in6, sin6_addr);
    const Bytes bits = mask.size() > kAddress ? mask.subspan(kAddress) : Bytes{};
    owner->ipv6.push_back(
        {ip6_of(address), prefix_length(bits.first(std::min<std::size_t>(bits.size(), 16)))});
  }
}

}  // namespace

InterfaceList parse_interfaces(Bytes bytes) {
  InterfaceList list;
  RoutingMessage message;
  while (next_message(bytes, message)) {
    if (message.type == NB_RTM_IFINFO) add_interface(list, message.bytes);
    if (message.type == NB_RTM_NEWADDR) add_address(list, message.bytes);
  }
  return list;
}

Sysret read_interfaces(InterfaceList& list) {
  std::vector<std::byte> bytes;
  const Sysret result = sysctl_read({NB_CTL_NET, NB_AF_ROUTE, 0, 0, NB_NET_RT_IFLIST, 0}, bytes);
  if (result < 0) return result;
  list = parse_interfaces(bytes);
  return 0;
}

const InterfaceInfo* find_interface(const InterfaceList& list, std::string_view name) {
  for (const InterfaceInfo& interface : list) {
    if (interface.name == name) return &interface;
  }
  return nullptr;
}

const InterfaceInfo* find_interface(const InterfaceList& list, unsigned index) {
  for (const InterfaceInfo& interface : list) {
    if (interface.index == index) return &interface;
  }
  return nullptr;
}

unsigned short hardware_type(const InterfaceInfo& interface) {
  switch (interface.data.ifi_type) {
    case NB_IFT_ETHER:
      return ARPHRD_ETHER;
    case NB_IFT_LOOP:
      return ARPHRD_LOOPBACK;
    case NB_IFT_PPP:
      return ARPHRD_PPP;
    default:
      return ARPHRD_NONE;
  }
}

bool parse_label(std::string_view label, AddressLabel& out) {
  const std::size_t colon = label.find(':');
  out = {label.substr(0, colon), 0};
  if (colon == std::string_view::npos) return true;
  const std::string_view digits = label.substr(colon + 1);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number > 9999) return false;
  out.position = number + 1;
  return true;
}

std::string make_label(const InterfaceInfo& interface, std::size_t position) {
  return position == 0 ? interface.name : interface.name + ":" + std::to_string(position - 1);
}

}  // namespace farcall::personality
