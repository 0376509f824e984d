// The messages that routing sockets and sysctl(NET_RT_…) speak: walking them and the addresses
// behind their headers. Pure functions; every length is checked against the buffer before it is
// used.
#pragma once

#include "personality/netbsd.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace farcall::personality {

using Bytes = std::span<const std::byte>;

/// The addresses of one message by RTAX_*; empty where there is none. Each is cut to its own
/// length.
using MessageAddresses = std::array<Bytes, NB_RTAX_MAX>;

/// Splits what follows a header. `mask` has a bit RTA_* for each address that is present.
MessageAddresses message_addresses(Bytes tail, int mask);

struct RoutingMessage {
  int type = 0;  ///< RTM_*
  Bytes bytes;   ///< header and addresses
};
/// Takes the first message off `rest`. False at the end, or when the rest is malformed.
bool next_message(Bytes& rest, RoutingMessage& message);

/// The beginning of `bytes` as a T; what is missing is 0. Netmasks, for one, come without their
/// trailing zeros.
template <class T>
T read_as(Bytes bytes) {
  T value = {};
  const std::size_t size = bytes.size() < sizeof value ? bytes.size() : sizeof value;
  if (size != 0) std::memcpy(&value, bytes.data(), size);
  return value;
}

/// How many of its leading bits are one.
int prefix_length(Bytes mask);

struct Ip6 {
  std::array<std::uint8_t, 16> bytes = {};
  unsigned scope = 0;  ///< interface index of a link-local address
};
/// An IPv6 address out of NetBSD's sockaddr_in6; the interface index that the kernel keeps inside
/// of link-local addresses (their second 16 bits) is taken out and returned as the scope.
Ip6 ip6_of(Bytes sockaddr);
std::uint32_t ip4_of(Bytes sockaddr);
int family_of(Bytes sockaddr);

}  // namespace farcall::personality
