#include "personality/routing_message.h"

#include "personality/netbsd.h"

#include <algorithm>
#include <bit>

namespace farcall::personality {
namespace {

constexpr std::size_t kSmallestMessage = 4;  // length, version, type

/// Addresses stand at multiples of 8; one of length 0 takes 8 bytes.
constexpr std::size_t padded(std::size_t size) {
  return size == 0 ? 8 : (size + 7) & ~std::size_t{7};
}

bool is_scoped(const std::array<std::uint8_t, 16>& address) {
  const bool link_local = address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
  const bool scoped_multicast =
      address[0] == 0xff && ((address[1] & 0xf) == 1 || (address[1] & 0xf) == 2);
  return link_local || scoped_multicast;
}

}  // namespace

MessageAddresses message_addresses(Bytes tail, int mask) {
  MessageAddresses addresses;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if ((mask & (1 << i)) == 0) continue;
    if (tail.empty()) break;
    const auto size = static_cast<std::size_t>(tail[0]);
    addresses[i] = tail.first(std::min(size, tail.size()));
    tail = tail.subspan(std::min(padded(size), tail.size()));
  }
  return addresses;
}

bool next_message(Bytes& rest, RoutingMessage& message) {
  if (rest.size() < kSmallestMessage) return false;
  const auto length = read_as<std::uint16_t>(rest);
  if (length < kSmallestMessage || length > rest.size()) return false;
  message.type = static_cast<int>(rest[3]);
  message.bytes = rest.first(length);
  rest = rest.subspan(length);
  return true;
}

int prefix_length(Bytes mask) {
  int length = 0;
  for (const std::byte byte : mask) {
    const int ones = std::countl_one(static_cast<std::uint8_t>(byte));
    length += ones;
    if (ones < 8) break;
  }
  return length;
}

Ip6 ip6_of(Bytes sockaddr) {
  const auto from = read_as<netbsd::sockaddr_in6>(sockaddr);
  Ip6 result;
  std::memcpy(result.bytes.data(), &from.sin6_addr, result.bytes.size());
  result.scope = from.sin6_scope_id;
  if (!is_scoped(result.bytes)) return result;
  const unsigned embedded = static_cast<unsigned>(result.bytes[2] << 8 | result.bytes[3]);
  if (embedded != 0) result.scope = embedded;
  result.bytes[2] = result.bytes[3] = 0;
  return result;
}

std::uint32_t ip4_of(Bytes sockaddr) {
  return read_as<netbsd::sockaddr_in>(sockaddr).sin_addr.s_addr;
}

int family_of(Bytes sockaddr) {
  return sockaddr.size() < 2 ? NB_AF_UNSPEC : static_cast<int>(sockaddr[1]);
}

}  // namespace farcall::personality
