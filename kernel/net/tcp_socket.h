// A TCP socket on one of lwIP's control blocks.
//
// The block belongs to the socket from bind, connect or accept until the connection has ended on
// both sides, or the socket is closed: then lwIP finishes with it alone (unsent data, FIN,
// TIME_WAIT) and the socket only remembers the addresses. What arrives waits in received_; how far
// the window is open is room_'s affair. What is sent is copied into lwIP's send buffer. The
// callbacks run with the CPU held, from whoever delivers packets, and never sleep.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include "kernel/net/byte_queue.h"
#include "kernel/net/inet_socket.h"
#include "kernel/net/receive_room.h"
#include "kernel/net/retransmissions.h"
#include "kernel/net/tcp_info.h"
#include "kernel/net/urgent.h"

namespace farcall::kernel {

class TcpSocket final : public InetSocket {
 public:
  explicit TcpSocket(int domain) : TcpSocket(domain, nullptr) {}
  ~TcpSocket() override;

  Result<void> bind(const SocketAddress& address) override;
  Result<void> listen(int backlog) override;
  Result<Ref<Socket>> accept(SocketAddress& peer) override;
  Result<void> connect(const SocketAddress& address) override;
  Result<std::size_t> send(SendRequest& request) override;
  Result<std::size_t> receive(ReceiveRequest& request) override;
  Result<void> shutdown(int how) override;
  Result<SocketAddress> local_address() override;
  Result<SocketAddress> peer_address() override;
  short poll(short events) override;
  void close() override;

  void apply_options() override;
  [[nodiscard]] bool listening() const override { return state_ == State::listening; }
  [[nodiscard]] bool bound() const override;
  [[nodiscard]] std::size_t receive_queued() const override { return received_.size(); }
  [[nodiscard]] std::size_t send_queued() const override;
  [[nodiscard]] bool at_mark() const override { return urgent_.reached(); }

  /// For TCP_INFO.
  [[nodiscard]] netbsd::tcp_info information() const;
  /// A segment on its way to `pcb` told that the byte before `end` is urgent. Nothing happens when
  /// the block is not this socket's own.
  void urgent_announced(const struct tcp_pcb* pcb, std::uint32_t end);
  /// What the connection sends more than once; nullptr when `pcb` is not this socket's own.
  Retransmissions* retransmissions(const struct tcp_pcb* pcb) {
    return pcb == pcb_ ? &retransmissions_ : nullptr;
  }

 private:
  enum class State { idle, listening, connecting, connected, disconnected };

  /// What is to be sent next: memory that the process shares, or a copy.
  struct Outgoing {
    Loan loan;
    bool stays = false;  ///< it may be sent from where it is
    std::unique_ptr<std::byte[]> copy;
    std::size_t size = 0;
  };

  TcpSocket(int domain, struct tcp_pcb* accepted);

  // lwIP's callbacks; `self` is the socket.
  static err_t on_accept(void* self, struct tcp_pcb* pcb, err_t error);
  static err_t on_connected(void* self, struct tcp_pcb* pcb, err_t error);
  static err_t on_received(void* self, struct tcp_pcb* pcb, struct pbuf* data, err_t error);
  static err_t on_sent(void* self, struct tcp_pcb* pcb, u16_t size);
  static void on_error(void* self, err_t error);
  void remote_closed();
  err_t queue_received(struct pbuf* data);
  /// Queues all of `data` but the byte at `place`, which is kept apart.
  err_t queue_around(struct pbuf* data, std::size_t place);
  [[nodiscard]] bool shares_port_with(const TcpSocket& other) const;
  /// Who takes a connection: this listener, or another that shares its port.
  TcpSocket* listener_for(const Endpoint& peer);

  Result<void> make_block();
  void attach_block(struct tcp_pcb* pcb);
  /// For a new connection to this machine itself: longer segments, and more room.
  void use_local_peer();
  /// What room_ says.
  void open_window(std::size_t size);
  /// What lwIP would acknowledge after a while, for a peer on this machine.
  void acknowledge_now();
  /// Leaves the block to lwIP.
  void detach_block();
  void remember_addresses();
  Result<void> bind_to(const Endpoint& endpoint);
  Result<void> start_connecting(const Endpoint& peer);
  Result<void> finish_connecting();
  void close_listener();
  void close_connection();
  void linger();

  /// Bytes that may be written now.
  [[nodiscard]] std::size_t send_room() const;
  Result<void> can_send();
  Result<void> wait_for_room(bool wait, Deadline deadline);
  Result<std::size_t> send_some(SendRequest& request);
  Result<Outgoing> take_outgoing(SendRequest& request, std::size_t size);
  Result<void> queue(Outgoing data, bool more);
  Result<std::size_t> send_all(SendRequest& request);
  [[nodiscard]] bool readable_now(std::size_t wanted) const;
  Result<void> wait_for_data(std::size_t wanted, bool wait, Deadline deadline);
  Result<std::size_t> receive_some(Uio& uio, bool peek);
  Result<std::size_t> receive_all(ReceiveRequest& request);
  Result<std::size_t> receive_urgent(ReceiveRequest& request);

  State state_ = State::idle;
  struct tcp_pcb* pcb_ = nullptr;
  Endpoint local_, peer_;  ///< kept for when the block is gone
  ByteQueue received_;
  ReceiveRoom room_;
  UrgentMark urgent_;
  RoundTrip round_trip_;
  Retransmissions retransmissions_;
  bool end_of_data_ = false;  ///< the peer's FIN came, or shutdown(SHUT_RD)
  bool fin_received_ = false;
  bool send_closed_ = false;  ///< shutdown(SHUT_WR), or the connection is gone
  std::deque<Ref<TcpSocket>> accepted_;
  std::size_t backlog_ = 0;
};

}  // namespace farcall::kernel
