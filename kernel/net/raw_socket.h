#pragma once

#include "kernel/net/datagram_socket.h"

namespace farcall::kernel {

/// A raw IPv4 or IPv6 socket. As in NetBSD, an IPv4 one receives the header with ip_len (without
/// the header's own length) and ip_off in host order, and with IP_HDRINCL sends them so; an IPv6
/// one never sees the header.
class RawSocket final : public DatagramSocket {
 public:
  /// NB_EPERM unless the process is the superuser's, NB_EPROTONOSUPPORT, NB_ENOBUFS.
  static Result<Ref<Socket>> create(int domain, int protocol);
  ~RawSocket() override;

  Result<void> bind(const SocketAddress& address) override;
  Result<void> connect(const SocketAddress& address) override;
  Result<SocketAddress> local_address() override;
  Result<SocketAddress> peer_address() override;
  void close() override;
  void apply_options() override;
  [[nodiscard]] bool bound() const override;

  /// Those that are open.
  static const std::vector<RawSocket*>& all();
  [[nodiscard]] Endpoint local() const { return {pcb_->local_ip, 0}; }
  [[nodiscard]] Endpoint remote() const { return {pcb_->remote_ip, 0}; }

 protected:
  Result<void> transmit(struct pbuf* packet, const Endpoint* to,
                        const SendControl& control) override;
  [[nodiscard]] pbuf_layer layer() const override;
  [[nodiscard]] std::size_t largest_packet() const override;
  [[nodiscard]] bool connected() const override;

 private:
  RawSocket(int domain, int protocol, struct raw_pcb* pcb);
  static u8_t on_received(void* self, struct raw_pcb* pcb, struct pbuf* packet,
                          const ip_addr_t* from);
  void receive_v4(struct pbuf* packet, const ip_addr_t& from);
  void receive_v6(struct pbuf* packet, const ip_addr_t& from);
  Result<void> fix_included_header(struct pbuf* packet) const;

  struct raw_pcb* pcb_;
};

}  // namespace farcall::kernel
