// The interface commands about IPv6 addresses. As in NetBSD, the getters are asked with the address
// that they are about.
#include <cstring>

#include "kernel/net/address.h"
#include "kernel/net/if_ioctl_handlers.h"
#include "kernel/net/interface.h"

namespace farcall::kernel {

namespace {

constexpr unsigned kForever = 0xffffffff;  // ND6_INFINITE_LIFETIME

netbsd::in6_ifreq& request(void* data) { return *static_cast<netbsd::in6_ifreq*>(data); }

Result<InterfaceAddress6> find(const Interface& interface, void* data) {
  const auto& wanted = request(data).ifr_ifru.ifru_addr;
  if (wanted.sin6_family != NB_AF_INET6) return Error{NB_EADDRNOTAVAIL};
  const ip6_addr_t address = ipv6_from_bytes(&wanted.sin6_addr, interface.index());
  for (const InterfaceAddress6& each : interface.ipv6()) {
    if (ip6_addr_cmp_zoneless(&each.address, &address)) return each;
  }
  return Error{NB_EADDRNOTAVAIL};
}

void write_address(void* data, const netbsd::sockaddr_in6& address) {
  std::memcpy(&request(data).ifr_ifru.ifru_addr, &address, sizeof address);
}

}  // namespace

Result<void> get_address6(Interface& interface, void* data) {
  FARCALL_ASSIGN(const auto address, find(interface, data));
  write_address(data, sockaddr_v6(address.address));
  return {};
}

Result<void> get_netmask6(Interface& interface, void* data) {
  FARCALL_ASSIGN(const auto address, find(interface, data));
  write_address(data, sockaddr_v6_mask(address.prefix));
  return {};
}

Result<void> get_flags6(Interface& interface, void* data) {
  FARCALL_ASSIGN(const auto address, find(interface, data));
  request(data).ifr_ifru.ifru_flags6 = address.flags;
  return {};
}

Result<void> get_lifetime6(Interface& interface, void* data) {
  FARCALL_TRY(find(interface, data));
  auto& lifetime = request(data).ifr_ifru.ifru_lifetime;
  lifetime = {};
  lifetime.ia6t_vltime = lifetime.ia6t_pltime = kForever;
  return {};
}

Result<void> add_alias6(Interface& interface, void* data) {
  const auto& alias = *static_cast<const netbsd::in6_aliasreq*>(data);
  if (alias.ifra_addr.sin6_family != NB_AF_INET6) return Error{NB_EAFNOSUPPORT};
  FARCALL_ASSIGN(const int prefix, ipv6_prefix(&alias.ifra_prefixmask.sin6_addr));
  const ip6_addr_t address = ipv6_from_bytes(&alias.ifra_addr.sin6_addr, interface.index());
  if (ip6_addr_isany_val(address) || ip6_addr_ismulticast(&address)) return Error{NB_EINVAL};
  const bool loopback = (interface.flags() & NB_IFF_LOOPBACK) != 0;
  const bool no_dad = loopback || (alias.ifra_flags & NB_IN6_IFF_NODAD) != 0;
  return interface.add_ipv6(address, prefix == 0 ? 128 : prefix, no_dad);
}

Result<void> delete_address6(Interface& interface, void* data) {
  FARCALL_ASSIGN(const auto address, find(interface, data));
  return interface.remove_ipv6(address.address);
}

}  // namespace farcall::kernel
