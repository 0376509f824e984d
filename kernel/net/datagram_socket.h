// What UDP and raw sockets have in common: a queue of packets with their addresses, received one at
// a time.
#pragma once

#include <deque>

#include "kernel/net/inet_socket.h"
#include "kernel/net/send_control.h"

namespace farcall::kernel {

/// A packet that waits to be read. Owns its buffer.
class Datagram {
 public:
  Datagram(struct pbuf* buffer, const Endpoint& sender);
  Datagram(Datagram&& other) noexcept;
  Datagram& operator=(Datagram&&) = delete;
  ~Datagram();

  [[nodiscard]] const struct pbuf* buffer() const { return buffer_; }
  [[nodiscard]] std::size_t size() const { return buffer_->tot_len; }

  Endpoint from;
  ip_addr_t to = {};             ///< the address it was sent to
  unsigned interface_index = 0;  ///< that it came in by
  int hops = 0;                  ///< TTL or hop limit on arrival
  int traffic_class = 0;
  Nanoseconds arrived = 0;  ///< wall clock, when SO_TIMESTAMP asks

 private:
  struct pbuf* buffer_;
};

class DatagramSocket : public InetSocket {
 public:
  ~DatagramSocket() override;

  Result<std::size_t> send(SendRequest& request) override;
  Result<std::size_t> receive(ReceiveRequest& request) override;
  Result<void> shutdown(int how) override;
  short poll(short events) override;
  [[nodiscard]] std::size_t receive_queued() const override;

 protected:
  using InetSocket::InetSocket;

  /// Queues a packet that lwIP is delivering now; drops it when the receive buffer is full.
  void deliver(struct pbuf* buffer, const Endpoint& from);
  /// Sends one packet; `to` is where the call says, nullptr for the connected peer. Inside of a
  /// StackScope.
  virtual Result<void> transmit(struct pbuf* packet, const Endpoint* to,
                                const SendControl& control) = 0;
  /// The layer below which lwIP will put headers, and the most that fits.
  [[nodiscard]] virtual pbuf_layer layer() const = 0;
  [[nodiscard]] virtual std::size_t largest_packet() const = 0;
  [[nodiscard]] virtual bool connected() const = 0;
  void clear_queue();
  /// Where a packet leaves, and the address it bears: as its control messages say, for multicast as
  /// IP_MULTICAST_IF says, else as routed. NB_EHOSTUNREACH, NB_EADDRNOTAVAIL.
  struct Way {
    struct netif* netif;
    ip_addr_t source;
  };
  [[nodiscard]] Result<Way> way_to(const ip_addr_t& destination, const ip_addr_t& bound,
                                   const SendControl& control) const;
  [[nodiscard]] std::uint8_t hops_for(const ip_addr_t& destination,
                                      const SendControl& control) const;
  [[nodiscard]] std::uint8_t class_for(const ip_addr_t& destination,
                                       const SendControl& control) const;
  /// NB_EACCES for a broadcast destination without SO_BROADCAST.
  Result<void> check_broadcast(const ip_addr_t& destination, const struct netif* netif) const;

 private:
  Result<struct pbuf*> packet_from(Uio& uio) const;
  Result<void> wait_for_datagram(int message_flags);
  Result<std::size_t> receive_one(ReceiveRequest& request);

  std::deque<Datagram> queue_;
  std::size_t queued_bytes_ = 0;
  bool receive_closed_ = false, send_closed_ = false;
};

}  // namespace farcall::kernel
