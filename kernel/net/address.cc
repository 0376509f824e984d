#include "kernel/net/address.h"

#include <bit>
#include <cstring>

#include "kernel/net/interface.h"

namespace farcall::kernel {

namespace {

constexpr std::uint8_t kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::uint16_t swap16(std::uint16_t value) { return __builtin_bswap16(value); }

Result<Endpoint> endpoint_v4(const SocketAddress& address) {
  if (address.size < sizeof(netbsd::sockaddr_in)) return Error{NB_EINVAL};
  netbsd::sockaddr_in in;
  std::memcpy(&in, address.data, sizeof in);
  return Endpoint{ip_from(ipv4_from_bytes(&in.sin_addr)), swap16(in.sin_port)};
}

Result<Endpoint> endpoint_v6(const SocketAddress& address) {
  if (address.size < sizeof(netbsd::sockaddr_in6)) return Error{NB_EINVAL};
  netbsd::sockaddr_in6 in;
  std::memcpy(&in, address.data, sizeof in);
  const std::uint16_t port = swap16(in.sin6_port);
  const ip_addr_t ip = ip_from_in6(&in.sin6_addr, in.sin6_scope_id);
  if (!is_v4(ip) && in.sin6_scope_id != 0 && interface_by_index(in.sin6_scope_id) == nullptr) {
    return Error{NB_ENXIO};
  }
  return Endpoint{ip, port};
}

}  // namespace

Result<Endpoint> endpoint_from(const SocketAddress& address, int domain) {
  if (address.size < 2) return Error{NB_EINVAL};
  if (address.family() != domain) return Error{NB_EAFNOSUPPORT};
  return domain == NB_AF_INET ? endpoint_v4(address) : endpoint_v6(address);
}

SocketAddress address_from(const Endpoint& endpoint, int domain) {
  if (domain == NB_AF_INET) {
    return SocketAddress::from(sockaddr_v4(*ip_2_ip4(&endpoint.address), endpoint.port));
  }
  if (!is_v4(endpoint.address)) {
    return SocketAddress::from(sockaddr_v6(*ip_2_ip6(&endpoint.address), endpoint.port));
  }
  netbsd::sockaddr_in6 mapped = sockaddr_v6(*IP6_ADDR_ANY6, endpoint.port);
  const std::uint32_t v4 = ip_2_ip4(&endpoint.address)->addr;
  auto* bytes = reinterpret_cast<std::uint8_t*>(&mapped.sin6_addr);
  std::memcpy(bytes, kMappedPrefix, sizeof kMappedPrefix);
  std::memcpy(bytes + sizeof kMappedPrefix, &v4, sizeof v4);
  return SocketAddress::from(mapped);
}

netbsd::sockaddr_in sockaddr_v4(const ip4_addr_t& address, std::uint16_t port) {
  netbsd::sockaddr_in in = {};
  in.sin_len = sizeof in;
  in.sin_family = NB_AF_INET;
  in.sin_port = swap16(port);
  in.sin_addr.s_addr = address.addr;
  return in;
}

netbsd::sockaddr_in6 sockaddr_v6(const ip6_addr_t& address, std::uint16_t port) {
  netbsd::sockaddr_in6 in = {};
  in.sin6_len = sizeof in;
  in.sin6_family = NB_AF_INET6;
  in.sin6_port = swap16(port);
  std::memcpy(&in.sin6_addr, address.addr, sizeof in.sin6_addr);
  in.sin6_scope_id = interface_index_of_zone(address.zone);
  return in;
}

ip4_addr_t ipv4_from_bytes(const void* address) {
  ip4_addr_t result;
  std::memcpy(&result.addr, address, sizeof result.addr);
  return result;
}

ip6_addr_t ipv6_from_bytes(const void* address, unsigned interface_index) {
  ip6_addr_t result = {};
  std::memcpy(result.addr, address, sizeof result.addr);
  auto* bytes = reinterpret_cast<std::uint8_t*>(result.addr);
  if (!ip6_addr_has_scope(&result, IP6_UNKNOWN)) return result;
  // KAME's habit: the interface's index inside a link-local address, in bytes that are zero on the
  // wire.
  const unsigned embedded = static_cast<unsigned>(bytes[2]) << 8 | bytes[3];
  if (ip6_addr_islinklocal(&result) && embedded != 0) {
    bytes[2] = bytes[3] = 0;
    if (interface_index == 0) interface_index = embedded;
  }
  if (Interface* interface = interface_by_index(interface_index)) {
    ip6_addr_set_zone(&result, netif_get_index(interface->primary()));
  }
  return result;
}

ip4_addr_t ipv4_mask(int prefix) {
  const std::uint32_t bits = prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix);
  return ip4_addr_t{__builtin_bswap32(bits)};
}

int ipv4_prefix(const ip4_addr_t& mask) { return std::popcount(mask.addr); }

netbsd::sockaddr_in6 sockaddr_v6_mask(int prefix) {
  netbsd::sockaddr_in6 in = sockaddr_v6(*IP6_ADDR_ANY6);
  auto* bytes = reinterpret_cast<std::uint8_t*>(&in.sin6_addr);
  for (int bit = 0; bit < prefix; ++bit)
    bytes[bit / 8] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
  return in;
}

Result<int> ipv6_prefix(const void* mask) {
  const auto* bytes = static_cast<const std::uint8_t*>(mask);
  int prefix = 0;
  while (prefix < 128 && (bytes[prefix / 8] & 0x80 >> prefix % 8) != 0) ++prefix;
  for (int bit = prefix; bit < 128; ++bit) {
    if ((bytes[bit / 8] & 0x80 >> bit % 8) != 0) return Error{NB_EINVAL};
  }
  return prefix;
}

bool ipv6_prefix_equal(const ip6_addr_t& a, const ip6_addr_t& b, int prefix) {
  const auto* left = reinterpret_cast<const std::uint8_t*>(a.addr);
  const auto* right = reinterpret_cast<const std::uint8_t*>(b.addr);
  const auto whole = static_cast<std::size_t>(prefix / 8);
  if (std::memcmp(left, right, whole) != 0) return false;
  const int rest = prefix % 8;
  return rest == 0 || ((left[whole] ^ right[whole]) & 0xff << (8 - rest) & 0xff) == 0;
}

ip_addr_t ip_from(const ip4_addr_t& address) {
  ip_addr_t result = {};
  ip_addr_copy_from_ip4(result, address);
  return result;
}

ip_addr_t ip_from(const ip6_addr_t& address) {
  ip_addr_t result = {};
  ip_addr_copy_from_ip6(result, address);
  return result;
}

ip_addr_t ip_from_in6(const void* address, unsigned interface_index) {
  const auto* bytes = static_cast<const std::uint8_t*>(address);
  if (std::memcmp(bytes, kMappedPrefix, sizeof kMappedPrefix) == 0) {
    return ip_from(ipv4_from_bytes(bytes + sizeof kMappedPrefix));
  }
  return ip_from(ipv6_from_bytes(bytes, interface_index));
}

ip_addr_t any_address(int domain) {
  return domain == NB_AF_INET ? ip_from(*IP4_ADDR_ANY4) : ip_from(*IP6_ADDR_ANY6);
}

}  // namespace farcall::kernel
