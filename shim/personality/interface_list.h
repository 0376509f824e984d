// The kernel's interfaces with everything that Linux programs ask about them: one snapshot from
// sysctl(NET_RT_IFLIST).
#pragma once

#include "personality/netbsd.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "personality/personality.h"
#include "personality/routing_message.h"

namespace farcall::personality {

struct Ip4Address {
  std::uint32_t address = 0;  ///< this and the others in network order
  std::uint32_t mask = 0;
  std::uint32_t broadcast = 0;  ///< or the peer's address
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

/// From the bytes of the sysctl. Malformed messages end the list.
InterfaceList parse_interfaces(Bytes bytes);
/// Asks the kernel. 0 or a negative Linux errno.
Sysret read_interfaces(InterfaceList& list);

const InterfaceInfo* find_interface(const InterfaceList& list, std::string_view name);
const InterfaceInfo* find_interface(const InterfaceList& list, unsigned index);

/// ARPHRD_* of <net/if_arp.h>.
unsigned short hardware_type(const InterfaceInfo& interface);

/// Linux's old names for the second and further IPv4 addresses: "eth0:0" is the second of eth0, and
/// "eth0" the first. They live in Linux's kernel; here they are counted out anew each time from the
/// order in which the kernel lists addresses, so nothing needs to be remembered.
struct AddressLabel {
  std::string_view interface;
  std::size_t position = 0;  ///< in InterfaceInfo::ipv4
};
/// False for a label that is no number.
bool parse_label(std::string_view label, AddressLabel& out);
std::string make_label(const InterfaceInfo& interface, std::size_t position);

}  // namespace farcall::personality
