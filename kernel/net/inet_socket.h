// What TCP, UDP and raw sockets have in common: options, errors, waiting, addresses.
#pragma once

#include <cstdint>

#include "kernel/core/socket.h"
#include "kernel/net/address.h"
#include "kernel/net/lwip.h"

namespace farcall::kernel {

class Interface;

/// What setsockopt changes. Values are NetBSD's; times are 0 for "no limit".
struct SocketOptions {
  int flags = 0;  ///< the SO_* that are bits: SO_REUSEADDR, SO_KEEPALIVE …
  netbsd::linger linger = {};
  int send_buffer = 0, receive_buffer = 0;
  int send_low_water = 2048, receive_low_water = 1;
  Nanoseconds send_timeout = 0, receive_timeout = 0;
  int tos = 0, ttl = 64, hops = -1, traffic_class = 0;
  int multicast_ttl = 1, multicast_hops = 1;
  int multicast_loop = 1, multicast_loop6 = 1;
  unsigned multicast_interface = 0;
  ip4_addr_t multicast_address = {};
  int header_included = 0;
  int v6_only = 1;
  int receive_destination = 0, receive_interface = 0, receive_ttl = 0, receive_pktinfo = 0;
  int receive_pktinfo6 = 0, receive_hops6 = 0, receive_class6 = 0;
  int checksum_offset = -1;
  std::uint32_t icmp6_filter[8] = {~0U, ~0U, ~0U, ~0U, ~0U, ~0U, ~0U, ~0U};
  int no_delay = 0, max_segment = 1460;
  int keep_idle = 7200, keep_interval = 75, keep_count = 8;
};

/// One side of a socket: a turn for the one lwp at a time that reads (or writes) it, and where they
/// wait for data (or room).
class SocketSide {
 public:
  /// Takes the turn. NB_EWOULDBLOCK at once when `wait` is false; NB_EINTR.
  Result<void> enter(bool wait, Deadline deadline);
  void leave();
  /// Sleeps until wake(); errors as WaitQueue::sleep.
  Result<void> sleep(Deadline deadline) { return queue_.sleep(deadline); }
  void wake() { queue_.wake_all(); }

 private:
  WaitQueue queue_;
  bool busy_ = false;
};

class InetSocket : public Socket {
 public:
  ~InetSocket() override;

  Result<void> set_option(int level, int name, std::span<const std::byte> value) override;
  Result<std::vector<std::byte>> get_option(int level, int name) override;
  Result<void> ioctl(unsigned long command, void* data) override;

  SocketOptions options;
  /// Pending SO_ERROR, a NetBSD errno; taking it clears it.
  int take_error();
  [[nodiscard]] int error() const { return error_; }
  void set_error(int error);
  /// Brings the options into lwIP's control block, after a change and when a block is made.
  virtual void apply_options() = 0;
  [[nodiscard]] virtual bool listening() const { return false; }
  [[nodiscard]] virtual bool bound() const = 0;
  /// Bytes that can be read, and that wait to be sent: FIONREAD, FIONWRITE.
  [[nodiscard]] virtual std::size_t receive_queued() const = 0;
  [[nodiscard]] virtual std::size_t send_queued() const { return 0; }
  /// SIOCATMARK: the next byte to be read is the one behind (or, inline, is) the urgent byte.
  [[nodiscard]] virtual bool at_mark() const { return false; }

  /// IP_ADD_MEMBERSHIP and IPV6_JOIN_GROUP: left again when the socket closes. NB_EADDRINUSE,
  /// NB_EADDRNOTAVAIL.
  Result<void> join_group(const ip_addr_t& group, Interface* interface);
  Result<void> leave_group(const ip_addr_t& group, Interface* interface);
  void leave_all_groups();

 protected:
  InetSocket(int domain, int type, int protocol) : Socket(domain, type, protocol) {}

  /// Is this an address that a socket here can bind: unspecified, the machine's own, or multicast
  /// where allowed?
  Result<Endpoint> bindable(const SocketAddress& address, bool multicast) const;
  /// Where a datagram or connection goes: the port is set, the unspecified address stands for this
  /// machine, and an IPv4 destination is only for a socket that may use it.
  Result<Endpoint> destination(const SocketAddress& address) const;
  /// IPADDR_TYPE_ANY for an AF_INET6 socket that takes IPv4 as well.
  [[nodiscard]] std::uint8_t address_type() const;
  [[nodiscard]] Deadline receive_deadline() const;
  [[nodiscard]] Deadline send_deadline() const;
  /// May a call with these MSG_* sleep?
  [[nodiscard]] bool may_wait(int message_flags) const;

  SocketSide reading_, writing_;

 private:
  struct Membership {
    ip_addr_t group;
    unsigned interface_index;
  };
  int error_ = 0;
  std::vector<Membership> memberships_;
};

/// NB_EACCES for a port below 1024 unless the process is the superuser's.
Result<void> check_port_permission(std::uint16_t port);

}  // namespace farcall::kernel
