// Names, states and the end of a TCP socket; the data is in tcp_transfer.cc, the callbacks are in
// tcp_callbacks.cc.
#include "kernel/net/tcp_socket.h"

#include <algorithm>

#include "kernel/net/interface.h"
#include "kernel/net/ports.h"
#include "kernel/net/stack.h"

namespace farcall::kernel {

namespace {
constexpr int kDefaultBuffer = 65535;
constexpr int kLargestBacklog = 1024;

std::uint32_t milliseconds(int seconds) {
  return static_cast<std::uint32_t>(std::min(seconds, 1'000'000)) * 1000;
}
}  // namespace

TcpSocket::TcpSocket(int domain, struct tcp_pcb* accepted)
    : InetSocket(domain, NB_SOCK_STREAM, NB_IPPROTO_TCP) {
  options.send_buffer = options.receive_buffer = kDefaultBuffer;
  if (accepted != nullptr) {
    attach_block(accepted);
    remember_addresses();
    state_ = State::connected;
  }
}

TcpSocket::~TcpSocket() {
  if (pcb_ == nullptr) return;
  StackScope scope;
  if (listening()) {
    close_listener();
  } else {
    close_connection();
  }
}

bool TcpSocket::bound() const { return pcb_ != nullptr ? pcb_->local_port != 0 : local_.port != 0; }

Result<void> TcpSocket::make_block() {
  if (pcb_ != nullptr) return {};
  struct tcp_pcb* pcb = tcp_new_ip_type(address_type());
  if (pcb == nullptr) return Error{NB_ENOBUFS};
  ip_set_option(pcb, SOF_REUSEADDR);  // see ports.h
  local_ = peer_ = {};
  end_of_data_ = fin_received_ = send_closed_ = false;
  attach_block(pcb);
  return {};
}

void TcpSocket::attach_block(struct tcp_pcb* pcb) {
  pcb_ = pcb;
  tcp_arg(pcb, this);
  tcp_recv(pcb, on_received);
  tcp_sent(pcb, on_sent);
  tcp_err(pcb, on_error);
  apply_options();
}

void TcpSocket::detach_block() {
  if (pcb_ == nullptr) return;
  remember_addresses();
  struct tcp_pcb* pcb = std::exchange(pcb_, nullptr);
  tcp_arg(pcb, nullptr);
  tcp_recv(pcb, nullptr);
  tcp_sent(pcb, nullptr);
  tcp_err(pcb, nullptr);
  retransmissions_.stop();
}

void TcpSocket::remember_addresses() {
  local_ = {pcb_->local_ip, pcb_->local_port};
  peer_ = {pcb_->remote_ip, pcb_->remote_port};
}

// These meet no wire. Longer segments than a quarter of the window could bring a sender to wait for
// a timer to cut one, when the reader is slow.
void TcpSocket::use_local_peer() {
  const bool local = interface_with_address(pcb_->remote_ip) != nullptr;
  room_.set_wide(local && options.receive_buffer >= kDefaultBuffer);
  if (!local || options.max_segment < TCP_MSS) return;
  struct netif* netif = ip_route(&pcb_->local_ip, &pcb_->remote_ip);
  pcb_->mss = tcp_eff_send_mss_netif((TCP_WND + 1) / 4, netif, &pcb_->remote_ip);
  pcb_->cwnd = std::max<tcpwnd_size_t>(pcb_->cwnd, 4 * pcb_->mss);
  options.max_segment = std::max<int>(options.max_segment, pcb_->mss);
}

void TcpSocket::open_window(std::size_t size) {
  if (pcb_ == nullptr || size == 0) return;
  StackScope scope;
  tcp_recved(pcb_, static_cast<u16_t>(size));
}

// Who reads from a wide room opens no window, with which an acknowledgement would go.
void TcpSocket::acknowledge_now() {
  if (pcb_ == nullptr || !room_.is_wide() || (pcb_->flags & TF_ACK_DELAY) == 0) return;
  StackScope scope;
  tcp_ack_now(pcb_);
  tcp_output(pcb_);
}

void TcpSocket::apply_options() {
  if (pcb_ == nullptr) return;
  const bool v6 = domain() == NB_AF_INET6;
  pcb_->tos = static_cast<u8_t>(v6 ? std::max(options.traffic_class, 0) : options.tos);
  pcb_->ttl = static_cast<u8_t>(v6 && options.hops > 0 ? options.hops : options.ttl);
  if ((options.flags & NB_SO_KEEPALIVE) != 0) {
    ip_set_option(pcb_, SOF_KEEPALIVE);
  } else {
    ip_reset_option(pcb_, SOF_KEEPALIVE);
  }
  if (listening()) return;  // a listening block ends here
  pcb_->keep_idle = milliseconds(options.keep_idle);
  pcb_->keep_intvl = milliseconds(options.keep_interval);
  pcb_->keep_cnt = static_cast<std::uint32_t>(options.keep_count);
  if (options.no_delay != 0) {
    tcp_nagle_disable(pcb_);
  } else {
    tcp_nagle_enable(pcb_);
  }
  if (options.max_segment < pcb_->mss) pcb_->mss = static_cast<u16_t>(options.max_segment);
}

Result<void> TcpSocket::bind(const SocketAddress& address) {
  if (bound()) return Error{NB_EINVAL};
  FARCALL_ASSIGN(const Endpoint endpoint, bindable(address, false));
  FARCALL_TRY(check_port_permission(endpoint.port));
  return bind_to(endpoint);
}

Result<void> TcpSocket::bind_to(const Endpoint& endpoint) {
  FARCALL_TRY(make_block());
  std::uint16_t port = endpoint.port;
  if (port == 0) {
    FARCALL_ASSIGN(port, tcp_free_port());
  }
  const bool any = ip_addr_isany_val(endpoint.address);
  const std::uint8_t type = any ? address_type() : IP_GET_TYPE(&endpoint.address);
  if (endpoint.port != 0 && tcp_port_taken(*this, endpoint, type)) return Error{NB_EADDRINUSE};
  IP_SET_TYPE_VAL(pcb_->local_ip, type);
  IP_SET_TYPE_VAL(pcb_->remote_ip, type);
  ip_addr_t local = endpoint.address;
  IP_SET_TYPE_VAL(local, type);
  const err_t error = tcp_bind(pcb_, &local, port);
  if (error != ERR_OK) return Error{errno_from_lwip(error)};
  return {};
}

Result<void> TcpSocket::listen(int backlog) {
  const int limit = std::clamp(backlog, 0, kLargestBacklog);
  backlog_ = static_cast<std::size_t>(limit) * 3 / 2 + 1;
  if (listening()) return {};
  if (state_ != State::idle) return Error{NB_EINVAL};
  if (!bound()) FARCALL_TRY(bind_to({any_address(domain()), 0}));
  err_t error = ERR_OK;
  // With the flag lwIP would refuse a second listener at one port; who may bind decides about that.
  ip_reset_option(pcb_, SOF_REUSEADDR);
  struct tcp_pcb* listener = tcp_listen_with_backlog_and_err(pcb_, 255, &error);
  if (listener != nullptr) pcb_ = listener;
  ip_set_option(pcb_, SOF_REUSEADDR);
  if (listener == nullptr) return Error{errno_from_lwip(error)};
  state_ = State::listening;
  tcp_arg(pcb_, this);
  tcp_accept(pcb_, on_accept);
  return {};
}

Result<Ref<Socket>> TcpSocket::accept(SocketAddress& peer) {
  if (!listening()) return Error{NB_EINVAL};
  while (accepted_.empty()) {
    if (!may_wait(0)) return Error{NB_EWOULDBLOCK};
    FARCALL_TRY(reading_.sleep(std::nullopt));
    if (!listening()) return Error{NB_ECONNABORTED};
  }
  Ref<TcpSocket> socket = accepted_.front();
  accepted_.pop_front();
  if (socket->error() != 0 ||
      (socket->pcb_ == nullptr && socket->receive_queued() == 0 && !socket->fin_received_)) {
    return Error{NB_ECONNABORTED};
  }
  peer = address_from(socket->peer_, domain());
  return Ref<Socket>(socket);
}

Result<void> TcpSocket::connect(const SocketAddress& address) {
  switch (state_) {
    case State::listening:
      return Error{NB_EOPNOTSUPP};
    case State::connecting:
      return Error{NB_EALREADY};
    case State::connected:
      return Error{NB_EISCONN};
    default:
      break;
  }
  FARCALL_ASSIGN(const Endpoint to, destination(address));
  if (to.port == 0) return Error{NB_EADDRNOTAVAIL};
  if (ip_addr_ismulticast(&to.address)) return Error{NB_ENETUNREACH};
  FARCALL_TRY(start_connecting(to));
  if (state_ == State::connecting && !may_wait(0)) return Error{NB_EINPROGRESS};
  return finish_connecting();
}

Result<void> TcpSocket::start_connecting(const Endpoint& to) {
  FARCALL_TRY(make_block());
  if (!bound()) FARCALL_TRY(bind_to({any_address(domain()), 0}));
  take_error();
  StackScope scope;
  state_ = State::connecting;
  const err_t error = tcp_connect(pcb_, &to.address, to.port, on_connected);
  if (error == ERR_OK) {
    remember_addresses();
    return {};
  }
  state_ = State::idle;
  return Error{errno_from_lwip(error)};
}

Result<void> TcpSocket::finish_connecting() {
  while (state_ == State::connecting) FARCALL_TRY(writing_.sleep(std::nullopt));
  if (const int error = take_error()) return Error{error};
  return {};
}

Result<void> TcpSocket::shutdown(int how) {
  if (how < NB_SHUT_RD || how > NB_SHUT_RDWR) return Error{NB_EINVAL};
  if (state_ != State::connected) return Error{NB_ENOTCONN};
  StackScope scope;
  if (how != NB_SHUT_WR) {
    end_of_data_ = true;
    received_.clear();
    open_window(room_.clear());
    reading_.wake();
  }
  if (how != NB_SHUT_RD && !send_closed_) {
    send_closed_ = true;
    if (pcb_ != nullptr) tcp_shutdown(pcb_, 0, 1);
    if (fin_received_) {
      detach_block();
      state_ = State::disconnected;
    }
    writing_.wake();
  }
  poll_source().notify();
  return {};
}

Result<SocketAddress> TcpSocket::local_address() {
  if (pcb_ != nullptr) return address_from({pcb_->local_ip, pcb_->local_port}, domain());
  if (local_.port != 0) return address_from(local_, domain());
  return address_from({any_address(domain()), 0}, domain());
}

Result<SocketAddress> TcpSocket::peer_address() {
  if (state_ != State::connected) return Error{NB_ENOTCONN};
  return address_from(peer_, domain());
}

short TcpSocket::poll(short events) {
  int ready = 0;
  const bool broken = error() != 0;
  if (listening()) {
    if (!accepted_.empty()) ready |= NB_POLLIN | NB_POLLRDNORM;
  } else if (broken || readable_now(static_cast<std::size_t>(options.receive_low_water))) {
    ready |= NB_POLLIN | NB_POLLRDNORM;
  }
  const auto low_water =
      static_cast<std::size_t>(std::min(options.send_low_water, options.send_buffer));
  const bool room = state_ == State::connected && send_room() >= low_water;
  if (broken || send_closed_ || room) ready |= NB_POLLOUT | NB_POLLWRNORM;
  if (urgent_.pending()) ready |= NB_POLLPRI | NB_POLLRDBAND;
  ready &= events;
  if (broken) ready |= NB_POLLERR;
  if (send_closed_ && (end_of_data_ || fin_received_)) ready |= NB_POLLHUP;
  return static_cast<short>(ready);
}

void TcpSocket::close() {
  if (pcb_ != nullptr && options.linger.l_onoff != 0 && options.linger.l_linger > 0) linger();
  StackScope scope;
  if (listening()) {
    close_listener();
  } else {
    close_connection();
  }
}

void TcpSocket::close_listener() {
  struct tcp_pcb* listener = std::exchange(pcb_, nullptr);
  state_ = State::disconnected;
  tcp_arg(listener, nullptr);
  tcp_close(listener);
  while (!accepted_.empty()) {
    Ref<TcpSocket> pending = accepted_.front();
    accepted_.pop_front();
    pending->options.linger = {1, 0};  // the peer learns at once that nobody will answer
    pending->close();
  }
  reading_.wake();
}

void TcpSocket::close_connection() {
  struct tcp_pcb* pcb = pcb_;
  const std::size_t unread = received_.size();
  received_.clear();
  static_cast<void>(room_.clear());
  if (pcb == nullptr) return;
  detach_block();
  state_ = State::disconnected;
  send_closed_ = end_of_data_ = true;
  reading_.wake();
  writing_.wake();
  const bool abortive = options.linger.l_onoff != 0 && options.linger.l_linger == 0;
  // A peer whose data was never read must not take the end of the connection for success: RFC
  // 2525, 2.17.
  if ((abortive || unread > 0) && pcb->state != CLOSED) {
    tcp_abort(pcb);
    return;
  }
  if (tcp_close(pcb) != ERR_OK) tcp_abort(pcb);
}

void TcpSocket::linger() {
  if (state_ != State::connected) return;
  const Deadline deadline = monotonic_now() + Nanoseconds{options.linger.l_linger} * 1'000'000'000;
  if (!send_closed_) (void)shutdown(NB_SHUT_WR);
  while (pcb_ != nullptr && send_queued() > 0) {
    if (!writing_.sleep(deadline)) return;
  }
}

}  // namespace farcall::kernel
