#pragma once

#include "kernel/net/datagram_socket.h"

namespace farcall::kernel {

class UdpSocket final : public DatagramSocket {
 public:
  /// NB_ENOBUFS.
  static Result<Ref<Socket>> create(int domain);
  ~UdpSocket() override;

  Result<void> bind(const SocketAddress& address) override;
  /// An address of family AF_UNSPEC, or an unspecified one, ends the association.
  Result<void> connect(const SocketAddress& address) override;
  Result<SocketAddress> local_address() override;
  Result<SocketAddress> peer_address() override;
  void close() override;
  void apply_options() override;
  [[nodiscard]] bool bound() const override { return pcb_ != nullptr && pcb_->local_port != 0; }

  /// An ICMP message says that nothing listens at `remote` for what `local` sent: the socket
  /// connected so gets `error`.
  static void unreachable(const Endpoint& local, const Endpoint& remote, int error);

 protected:
  Result<void> transmit(struct pbuf* packet, const Endpoint* to,
                        const SendControl& control) override;
  [[nodiscard]] pbuf_layer layer() const override { return PBUF_TRANSPORT; }
  [[nodiscard]] std::size_t largest_packet() const override;
  [[nodiscard]] bool connected() const override;

 private:
  UdpSocket(int domain, struct udp_pcb* pcb);
  static void on_received(void* self, struct udp_pcb* pcb, struct pbuf* packet,
                          const ip_addr_t* from, u16_t port);
  static void share_multicast(const UdpSocket* first, struct pbuf* packet, const Endpoint& from);
  [[nodiscard]] bool shares_port_with(const UdpSocket& other) const;
  /// Who gets a datagram that lwIP found this socket for: this one, or another that shares its
  /// port.
  UdpSocket* receiver_for(const Endpoint& peer);
  Result<void> bind_to(const Endpoint& endpoint);
  void disconnect();

  struct udp_pcb* pcb_;
  bool address_chosen_ = false;  ///< by connect, not by bind: forgotten with the association
};

}  // namespace farcall::kernel
