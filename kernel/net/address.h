// Addresses in NetBSD's and in lwIP's form.
#pragma once

#include <cstdint>

#include "farcall/result.h"
#include "kernel/core/socket.h"
#include "kernel/net/lwip.h"
#include "netbsd/constants.h"
#include "netbsd/layouts.h"

namespace farcall::kernel {

/// An address and a port, both as lwIP has them: the address in network byte order, the port in the
/// host's.
struct Endpoint {
  ip_addr_t address = {};
  std::uint16_t port = 0;
};

/// Reads a sockaddr of `domain`. In the AF_INET6 domain a v4-mapped address becomes an IPv4 one;
/// scoped addresses get lwIP's zone of the interface that sin6_scope_id (or the KAME bytes inside
/// the address) names. Errors: NB_EINVAL for a wrong size, NB_EAFNOSUPPORT for another family,
/// NB_ENXIO for a scope without an interface.
Result<Endpoint> endpoint_from(const SocketAddress& address, int domain);

/// The reverse, for a socket of `domain`: in AF_INET6 an IPv4 address is shown v4-mapped, an
/// unspecified one as ::.
SocketAddress address_from(const Endpoint& endpoint, int domain);

netbsd::sockaddr_in sockaddr_v4(const ip4_addr_t& address, std::uint16_t port = 0);
netbsd::sockaddr_in6 sockaddr_v6(const ip6_addr_t& address, std::uint16_t port = 0);

/// `address` is NetBSD's struct in_addr or in6_addr, unaligned; the zone comes from
/// `interface_index`, 0 for none.
ip4_addr_t ipv4_from_bytes(const void* address);
ip6_addr_t ipv6_from_bytes(const void* address, unsigned interface_index);

/// The netmask of a prefix length, and back.
ip4_addr_t ipv4_mask(int prefix);
int ipv4_prefix(const ip4_addr_t& mask);
netbsd::sockaddr_in6 sockaddr_v6_mask(int prefix);
/// NB_EINVAL when the ones are not contiguous.
Result<int> ipv6_prefix(const void* mask);
/// Do the first `prefix` bits agree?
bool ipv6_prefix_equal(const ip6_addr_t& a, const ip6_addr_t& b, int prefix);

inline bool is_v4(const ip_addr_t& address) { return IP_IS_V4_VAL(address); }
ip_addr_t ip_from(const ip4_addr_t& address);
ip_addr_t ip_from(const ip6_addr_t& address);
/// As ipv6_from_bytes, but a v4-mapped address becomes an IPv4 one.
ip_addr_t ip_from_in6(const void* address, unsigned interface_index);
/// The unspecified address of `domain`.
ip_addr_t any_address(int domain);

}  // namespace farcall::kernel
