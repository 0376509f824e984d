// The messages that routing sockets and sysctl(NET_RT_…) speak: walking them and the addresses
// behind their headers, for clients and for the server. Pure functions; every length is checked
// against the buffer before it is used.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "netbsd/constants.h"
#include "netbsd/layouts.h"

namespace farcall {

using Bytes = std::span<const std::byte>;

/// The beginning of `bytes` as a T; what is missing is 0. Netmasks, for one, come without their
/// trailing zeros.
template <class T>
T read_as(Bytes bytes) {
  T value = {};
  const std::size_t size = bytes.size() < sizeof value ? bytes.size() : sizeof value;
  if (size != 0) std::memcpy(&value, bytes.data(), size);
  return value;
}

namespace routing_detail {

inline constexpr std::size_t kSmallestMessage = 4;  // length, version, type

/// Addresses stand at multiples of 8; one of length 0 takes 8 bytes.
constexpr std::size_t padded(std::size_t size) {
  return size == 0 ? 8 : (size + 7) & ~std::size_t{7};
}

inline bool is_scoped(const std::array<std::uint8_t, 16>& address) {
  const bool link_local = address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
  const bool scoped_multicast =
      address[0] == 0xff && ((address[1] & 0xf) == 1 || (address[1] & 0xf) == 2);
  return link_local || scoped_multicast;
}

}  // namespace routing_detail

/// The addresses of one message by RTAX_*; empty where there is none. Each is cut to its own
/// length.
using MessageAddresses = std::array<Bytes, NB_RTAX_MAX>;

/// Splits what follows a header. `mask` has a bit RTA_* for each address that is present.
inline MessageAddresses message_addresses(Bytes tail, int mask) {
  MessageAddresses addresses;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if ((mask & (1 << i)) == 0) continue;
    if (tail.empty()) break;
    const auto size = static_cast<std::size_t>(tail[0]);
    addresses[i] = tail.first(std::min(size, tail.size()));
    tail = tail.subspan(std::min(routing_detail::padded(size), tail.size()));
  }
  return addresses;
}

struct RoutingMessage {
  int type = 0;  ///< RTM_*
  Bytes bytes;   ///< header and addresses
};
/// Takes the first message off `rest`. False at the end, or when the rest is malformed.
inline bool next_message(Bytes& rest, RoutingMessage& message) {
  if (rest.size() < routing_detail::kSmallestMessage) return false;
  const auto length = read_as<std::uint16_t>(rest);
  if (length < routing_detail::kSmallestMessage || length > rest.size()) return false;
  message.type = static_cast<int>(rest[3]);
  message.bytes = rest.first(length);
  rest = rest.subspan(length);
  return true;
}

/// How many of its leading bits are one.
inline int prefix_length(Bytes mask) {
  int length = 0;
  for (const std::byte byte : mask) {
    const int ones = std::countl_one(static_cast<std::uint8_t>(byte));
    length += ones;
    if (ones < 8) break;
  }
  return length;
}

struct Ip6 {
  std::array<std::uint8_t, 16> bytes = {};
  unsigned scope = 0;  ///< interface index of a link-local address
};
/// An IPv6 address out of NetBSD's sockaddr_in6; the interface index that the kernel keeps inside
/// of link-local addresses (their second 16 bits) is taken out and returned as the scope.
inline Ip6 ip6_of(Bytes sockaddr) {
  const auto from = read_as<netbsd::sockaddr_in6>(sockaddr);
  Ip6 result;
  std::memcpy(result.bytes.data(), &from.sin6_addr, result.bytes.size());
  result.scope = from.sin6_scope_id;
  if (!routing_detail::is_scoped(result.bytes)) return result;
  const unsigned embedded = static_cast<unsigned>(result.bytes[2] << 8 | result.bytes[3]);
  if (embedded != 0) result.scope = embedded;
  result.bytes[2] = result.bytes[3] = 0;
  return result;
}

inline std::uint32_t ip4_of(Bytes sockaddr) {
  return read_as<netbsd::sockaddr_in>(sockaddr).sin_addr.s_addr;
}

inline int family_of(Bytes sockaddr) {
  return sockaddr.size() < 2 ? NB_AF_UNSPEC : static_cast<int>(sockaddr[1]);
}

}  // namespace farcall
