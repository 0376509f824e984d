// The interface commands about IPv4 addresses.
#include <cstring>

#include "kernel/net/address.h"
#include "kernel/net/if_ioctl_handlers.h"
#include "kernel/net/interface.h"

namespace farcall::kernel {

namespace {

using netbsd::sockaddr_in;

/// Where an ifreq has its address.
void* address_field(void* data) { return &static_cast<netbsd::ifreq*>(data)->ifr_ifru; }

sockaddr_in read_address(const void* field) {
  sockaddr_in in;
  std::memcpy(&in, field, sizeof in);
  return in;
}

void write_address(void* field, const ip4_addr_t& address) {
  const sockaddr_in in = sockaddr_v4(address);
  std::memcpy(field, &in, sizeof in);
}

Result<InterfaceAddress4> first(const Interface& interface) {
  const auto addresses = interface.ipv4();
  if (addresses.empty()) return Error{NB_EADDRNOTAVAIL};
  return addresses.front();
}

Result<ip4_addr_t> valid(const sockaddr_in& in) {
  if (in.sin_family != NB_AF_INET) return Error{NB_EAFNOSUPPORT};
  const ip4_addr_t address = ipv4_from_bytes(&in.sin_addr);
  if (ip4_addr_isany_val(address) || ip4_addr_ismulticast(&address)) return Error{NB_EINVAL};
  return address;
}

/// A mask whose ones are not contiguous is no mask.
bool is_mask(const ip4_addr_t& mask) { return ipv4_mask(ipv4_prefix(mask)).addr == mask.addr; }

ip4_addr_t classful_mask(const ip4_addr_t& address) {
  const unsigned top = ip4_addr1(&address);
  return ipv4_mask(top < 128 ? 8 : top < 192 ? 16 : 24);
}

}  // namespace

Result<void> get_address(Interface& interface, void* data) {
  FARCALL_ASSIGN(const auto address, first(interface));
  write_address(address_field(data), address.address);
  return {};
}

Result<void> get_netmask(Interface& interface, void* data) {
  FARCALL_ASSIGN(const auto address, first(interface));
  write_address(address_field(data), address.mask);
  return {};
}

Result<void> get_broadcast(Interface& interface, void* data) {
  FARCALL_ASSIGN(const auto address, first(interface));
  if ((interface.flags() & NB_IFF_BROADCAST) == 0) return Error{NB_EINVAL};
  write_address(address_field(data), interface.broadcast(address));
  return {};
}

Result<void> get_destination(Interface& interface, void*) {
  FARCALL_TRY(first(interface));
  return Error{NB_EINVAL};  // none of these interfaces is point to point
}

Result<void> get_alias(Interface& interface, void* data) {
  auto& request = *static_cast<netbsd::in_aliasreq*>(data);
  const sockaddr_in wanted = read_address(&request.ifra_addr);
  for (const InterfaceAddress4& each : interface.ipv4()) {
    if (each.address.addr != wanted.sin_addr.s_addr) continue;
    write_address(&request.ifra_mask, each.mask);
    const bool broadcasts = (interface.flags() & NB_IFF_BROADCAST) != 0;
    write_address(&request.ifra_dstaddr, broadcasts ? interface.broadcast(each) : each.address);
    return {};
  }
  return Error{NB_EADDRNOTAVAIL};
}

Result<void> set_address(Interface& interface, void* data) {
  FARCALL_ASSIGN(const ip4_addr_t address, valid(read_address(address_field(data))));
  if (auto old = first(interface); old && old->address.addr != address.addr) {
    FARCALL_TRY(interface.remove_ipv4(old->address));
  }
  return interface.add_ipv4({address, classful_mask(address)});
}

Result<void> set_netmask(Interface& interface, void* data) {
  FARCALL_ASSIGN(InterfaceAddress4 address, first(interface));
  const sockaddr_in in = read_address(address_field(data));
  address.mask = ipv4_from_bytes(&in.sin_addr);
  if (!is_mask(address.mask)) return Error{NB_EINVAL};
  return interface.add_ipv4(address);
}

// lwIP derives the broadcast address from the mask, so that is the only one there can be.
Result<void> set_broadcast(Interface& interface, void* data) {
  FARCALL_ASSIGN(const auto address, first(interface));
  if ((interface.flags() & NB_IFF_BROADCAST) == 0) return Error{NB_EINVAL};
  const sockaddr_in in = read_address(address_field(data));
  if (in.sin_addr.s_addr != interface.broadcast(address).addr) return Error{NB_EOPNOTSUPP};
  return {};
}

Result<void> add_alias(Interface& interface, void* data) {
  const auto& request = *static_cast<const netbsd::in_aliasreq*>(data);
  FARCALL_ASSIGN(const ip4_addr_t address, valid(read_address(&request.ifra_addr)));
  const sockaddr_in mask = read_address(&request.ifra_mask);
  InterfaceAddress4 added = {address, classful_mask(address)};
  if (mask.sin_len != 0) added.mask = ipv4_from_bytes(&mask.sin_addr);
  if (!is_mask(added.mask)) return Error{NB_EINVAL};
  return interface.add_ipv4(added);
}

Result<void> delete_address(Interface& interface, void* data) {
  const sockaddr_in in = read_address(address_field(data));
  if (in.sin_family != NB_AF_INET || in.sin_addr.s_addr == 0) {
    FARCALL_ASSIGN(const auto address, first(interface));
    return interface.remove_ipv4(address.address);
  }
  return interface.remove_ipv4(ipv4_from_bytes(&in.sin_addr));
}

}  // namespace farcall::kernel
