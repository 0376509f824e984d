#include "kernel/net/inet_socket.h"

#include <algorithm>
#include <cstring>

#include "kernel/core/proc.h"
#include "kernel/net/if_ioctl.h"
#include "kernel/net/interface.h"
#include "kernel/net/options.h"
#include "kernel/net/stack.h"

namespace farcall::kernel {

namespace {

constexpr std::uint16_t kFirstUnreservedPort = 1024;

Deadline deadline_after(Nanoseconds timeout) {
  if (timeout == 0) return std::nullopt;
  return monotonic_now() + timeout;
}

err_t change_membership(const ip_addr_t& group, struct netif* netif, bool join) {
  if (is_v4(group)) {
    const ip4_addr_t* address = ip_2_ip4(&group);
    return join ? igmp_joingroup_netif(netif, address) : igmp_leavegroup_netif(netif, address);
  }
  const ip6_addr_t* address = ip_2_ip6(&group);
  return join ? mld6_joingroup_netif(netif, address) : mld6_leavegroup_netif(netif, address);
}

}  // namespace

Result<void> SocketSide::enter(bool wait, Deadline deadline) {
  while (busy_) {
    if (!wait) return Error{NB_EWOULDBLOCK};
    FARCALL_TRY(queue_.sleep(deadline));
  }
  busy_ = true;
  return {};
}

void SocketSide::leave() {
  busy_ = false;
  queue_.wake_all();
}

InetSocket::~InetSocket() = default;

Result<void> InetSocket::set_option(int level, int name, std::span<const std::byte> value) {
  return option_set(*this, level, name, value);
}

Result<std::vector<std::byte>> InetSocket::get_option(int level, int name) {
  return option_get(*this, level, name);
}

Result<void> InetSocket::ioctl(unsigned long command, void* data) {
  const auto put = [data](std::size_t value) {
    *static_cast<int*>(data) = static_cast<int>(value);
    return Result<void>{};
  };
  const auto room = static_cast<std::size_t>(options.send_buffer);
  switch (command) {
    case NB_FIONREAD:
      return put(receive_queued());
    case NB_FIONWRITE:
      return put(send_queued());
    case NB_FIONSPACE:
      return put(room > send_queued() ? room - send_queued() : 0);
    case NB_SIOCATMARK:
      return put(at_mark() ? 1 : 0);
    default:
      return interface_ioctl(command, data);
  }
}

int InetSocket::take_error() { return std::exchange(error_, 0); }

void InetSocket::set_error(int error) {
  error_ = error;
  reading_.wake();
  writing_.wake();
  poll_source().notify();
}

Result<Endpoint> InetSocket::bindable(const SocketAddress& address, bool multicast) const {
  FARCALL_ASSIGN(Endpoint endpoint, endpoint_from(address, domain()));
  if (domain() == NB_AF_INET6 && is_v4(endpoint.address) && options.v6_only != 0) {
    return Error{NB_EADDRNOTAVAIL};
  }
  if (ip_addr_isany_val(endpoint.address)) return endpoint;
  if (ip_addr_ismulticast(&endpoint.address)) {
    if (!multicast) return Error{NB_EADDRNOTAVAIL};
    return endpoint;
  }
  if (netif_with_address(endpoint.address) == nullptr) return Error{NB_EADDRNOTAVAIL};
  return endpoint;
}

Result<Endpoint> InetSocket::destination(const SocketAddress& address) const {
  FARCALL_ASSIGN(Endpoint endpoint, endpoint_from(address, domain()));
  if (domain() == NB_AF_INET6 && is_v4(endpoint.address) && options.v6_only != 0) {
    return Error{NB_EADDRNOTAVAIL};
  }
  if (ip_addr_isany_val(endpoint.address)) {
    if (is_v4(endpoint.address)) {
      IP_ADDR4(&endpoint.address, 127, 0, 0, 1);
    } else {
      ip6_addr_set_loopback(ip_2_ip6(&endpoint.address));
    }
  }
  return endpoint;
}

std::uint8_t InetSocket::address_type() const {
  if (domain() == NB_AF_INET) return IPADDR_TYPE_V4;
  return options.v6_only != 0 ? IPADDR_TYPE_V6 : IPADDR_TYPE_ANY;
}

Deadline InetSocket::receive_deadline() const { return deadline_after(options.receive_timeout); }
Deadline InetSocket::send_deadline() const { return deadline_after(options.send_timeout); }

bool InetSocket::may_wait(int message_flags) const {
  return !nonblocking() && (message_flags & (NB_MSG_DONTWAIT | NB_MSG_NBIO)) == 0;
}

Result<void> InetSocket::join_group(const ip_addr_t& group, Interface* interface) {
  for (const Membership& each : memberships_) {
    if (each.interface_index == interface->index() && ip_addr_cmp(&each.group, &group)) {
      return Error{NB_EADDRINUSE};
    }
  }
  StackScope scope;
  if (change_membership(group, interface->primary(), true) != ERR_OK) {
    return Error{NB_EADDRNOTAVAIL};
  }
  memberships_.push_back({group, interface->index()});
  return {};
}

Result<void> InetSocket::leave_group(const ip_addr_t& group, Interface* interface) {
  const auto found = std::ranges::find_if(memberships_, [&](const Membership& each) {
    return ip_addr_cmp(&each.group, &group) &&
           (interface == nullptr || each.interface_index == interface->index());
  });
  if (found == memberships_.end()) return Error{NB_EADDRNOTAVAIL};
  StackScope scope;
  if (Interface* joined = interface_by_index(found->interface_index)) {
    change_membership(group, joined->primary(), false);
  }
  memberships_.erase(found);
  return {};
}

void InetSocket::leave_all_groups() {
  while (!memberships_.empty()) (void)leave_group(memberships_.back().group, nullptr);
}

Result<void> check_port_permission(std::uint16_t port) {
  if (port != 0 && port < kFirstUnreservedPort && !current_process().credentials.superuser()) {
    return Error{NB_EACCES};
  }
  return {};
}

}  // namespace farcall::kernel
