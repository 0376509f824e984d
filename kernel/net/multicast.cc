#include "kernel/net/multicast.h"

#include <cstring>

#include "kernel/net/inet_socket.h"
#include "kernel/net/interface.h"
#include "kernel/net/routes.h"

namespace farcall::kernel {

namespace {

template <class T>
Result<T> value_as(std::span<const std::byte> value) {
  T result;
  if (value.size() < sizeof result) return Error{NB_EINVAL};
  std::memcpy(&result, value.data(), sizeof result);
  return result;
}

template <class T>
OptionValue bytes_of(const T& value) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&value);
  return {bytes, bytes + sizeof value};
}

/// The interface a group is on when the program names none: where a packet to it would leave.
Result<Interface*> default_interface(const ip_addr_t& group) {
  struct netif* netif =
      is_v4(group) ? ip4_route(ip_2_ip4(&group)) : ip6_route(IP6_ADDR_ANY6, ip_2_ip6(&group));
  if (netif == nullptr) return Error{NB_EADDRNOTAVAIL};
  return interface_of(netif);
}

struct Group {
  ip_addr_t address;
  Interface* interface;
};

Result<Group> group_v4(std::span<const std::byte> value) {
  FARCALL_ASSIGN(const auto request, value_as<netbsd::ip_mreq>(value));
  const ip4_addr_t group = ipv4_from_bytes(&request.imr_multiaddr);
  const ip4_addr_t local = ipv4_from_bytes(&request.imr_interface);
  if (!ip4_addr_ismulticast(&group)) return Error{NB_EINVAL};
  if (ip4_addr_isany_val(local)) {
    FARCALL_ASSIGN(Interface * interface, default_interface(ip_from(group)));
    return Group{ip_from(group), interface};
  }
  Interface* interface = interface_with_address(ip_from(local));
  if (interface == nullptr) return Error{NB_EADDRNOTAVAIL};
  return Group{ip_from(group), interface};
}

Result<Group> group_v6(std::span<const std::byte> value) {
  FARCALL_ASSIGN(const auto request, value_as<netbsd::ipv6_mreq>(value));
  const unsigned index = request.ipv6mr_interface;
  const ip6_addr_t group = ipv6_from_bytes(&request.ipv6mr_multiaddr, index);
  if (!ip6_addr_ismulticast(&group)) return Error{NB_EINVAL};
  if (index == 0) {
    FARCALL_ASSIGN(Interface * interface, default_interface(ip_from(group)));
    return Group{ip_from(group), interface};
  }
  Interface* interface = interface_by_index(index);
  if (interface == nullptr) return Error{NB_ENXIO};
  return Group{ip_from(group), interface};
}

}  // namespace

Result<void> multicast_add_v4(InetSocket& socket, std::span<const std::byte> value) {
  FARCALL_ASSIGN(const Group group, group_v4(value));
  return socket.join_group(group.address, group.interface);
}

Result<void> multicast_drop_v4(InetSocket& socket, std::span<const std::byte> value) {
  FARCALL_ASSIGN(const Group group, group_v4(value));
  return socket.leave_group(group.address, group.interface);
}

Result<void> multicast_set_interface_v4(InetSocket& socket, std::span<const std::byte> value) {
  FARCALL_ASSIGN(const auto raw, value_as<std::uint32_t>(value));
  const ip4_addr_t address = {raw};
  unsigned index = 0;
  if (!ip4_addr_isany_val(address)) {
    Interface* interface = interface_with_address(ip_from(address));
    if (interface == nullptr) return Error{NB_EADDRNOTAVAIL};
    index = interface->index();
  }
  socket.options.multicast_address = address;
  socket.options.multicast_interface = index;
  return {};
}

Result<OptionValue> multicast_get_interface_v4(InetSocket& socket) {
  return bytes_of(socket.options.multicast_address.addr);
}

Result<void> multicast_join_v6(InetSocket& socket, std::span<const std::byte> value) {
  FARCALL_ASSIGN(const Group group, group_v6(value));
  return socket.join_group(group.address, group.interface);
}

Result<void> multicast_leave_v6(InetSocket& socket, std::span<const std::byte> value) {
  FARCALL_ASSIGN(const Group group, group_v6(value));
  return socket.leave_group(group.address, group.interface);
}

Result<void> multicast_set_interface_v6(InetSocket& socket, std::span<const std::byte> value) {
  FARCALL_ASSIGN(const auto index, value_as<unsigned>(value));
  if (index != 0 && interface_by_index(index) == nullptr) return Error{NB_ENXIO};
  socket.options.multicast_interface = index;
  return {};
}

Result<OptionValue> multicast_get_interface_v6(InetSocket& socket) {
  return bytes_of(socket.options.multicast_interface);
}

}  // namespace farcall::kernel
