// What lwIP tells a TCP socket. Each of these runs inside of a StackScope.
#include "kernel/net/interface.h"
#include "kernel/net/ports.h"
#include "kernel/net/tcp_socket.h"

namespace farcall::kernel {

err_t TcpSocket::on_accept(void* self, struct tcp_pcb* pcb, err_t error) {
  auto* called = static_cast<TcpSocket*>(self);
  if (called == nullptr || pcb == nullptr || error != ERR_OK) return ERR_VAL;
  TcpSocket* listener = called->listener_for({pcb->remote_ip, pcb->remote_port});
  if (listener->accepted_.size() >= listener->backlog_) return ERR_MEM;  // lwIP resets it
  Ref<TcpSocket> socket(new TcpSocket(listener->domain(), pcb));
  socket->options = listener->options;
  socket->use_local_peer();
  socket->apply_options();
  socket->urgent_.start(pcb->rcv_nxt);
  listener->accepted_.push_back(std::move(socket));
  listener->reading_.wake();
  listener->poll_source().notify();
  return ERR_OK;
}

bool TcpSocket::shares_port_with(const TcpSocket& other) const {
  const int both = options.flags & other.options.flags;
  return (both & NB_SO_REUSEPORT) != 0 && pcb_->local_port == other.pcb_->local_port &&
         ip_addr_cmp(&pcb_->local_ip, &other.pcb_->local_ip);
}

TcpSocket* TcpSocket::listener_for(const Endpoint& peer) {
  if ((options.flags & NB_SO_REUSEPORT) == 0) return this;
  TcpSocket* chosen = nullptr;
  for (struct tcp_pcb_listen* pcb = tcp_listen_pcbs.listen_pcbs; pcb != nullptr; pcb = pcb->next) {
    auto* each = static_cast<TcpSocket*>(pcb->callback_arg);
    if (each == nullptr || each->accepted_.size() >= each->backlog_) continue;
    if (!each->shares_port_with(*this)) continue;
    if (chosen == nullptr || share_of(*each, peer) > share_of(*chosen, peer)) chosen = each;
  }
  return chosen != nullptr ? chosen : this;
}

err_t TcpSocket::on_connected(void* self, struct tcp_pcb* pcb, err_t) {
  auto* socket = static_cast<TcpSocket*>(self);
  socket->state_ = State::connected;
  socket->urgent_.start(pcb->rcv_nxt);
  socket->use_local_peer();
  socket->apply_options();  // the segment size is known now
  socket->writing_.wake();
  socket->poll_source().notify();
  return ERR_OK;
}

err_t TcpSocket::on_received(void* self, struct tcp_pcb* pcb, struct pbuf* data, err_t) {
  auto* socket = static_cast<TcpSocket*>(self);
  if (data == nullptr) {
    socket->remote_closed();
    return ERR_OK;
  }
  if (socket->end_of_data_) {
    tcp_recved(pcb, data->tot_len);
    pbuf_free(data);
    return ERR_OK;
  }
  // Between two sockets of one machine a delayed acknowledgement saves no packet on any wire, but
  // makes a sender whom Nagle's algorithm holds back wait for a timer.
  const bool pushed = (data->flags & PBUF_FLAG_PUSH) != 0;
  if (pushed && interface_with_address(pcb->remote_ip) != nullptr) tcp_ack_now(pcb);
  return socket->queue_received(data);
}

err_t TcpSocket::queue_received(struct pbuf* data) {
  const auto place = urgent_.place_in(data->tot_len);
  const u16_t size = data->tot_len;
  const std::size_t before = received_.size();
  if (!place || (options.flags & NB_SO_OOBINLINE) != 0) {
    received_.push(data);
  } else if (const err_t error = queue_around(data, *place); error != ERR_OK) {
    return error;
  }
  urgent_.arrived(size);
  open_window(room_.arrived(received_.size() - before));
  reading_.wake();
  poll_source().notify();
  return ERR_OK;
}

err_t TcpSocket::queue_around(struct pbuf* data, std::size_t place) {
  const auto size = static_cast<u16_t>(place);
  struct pbuf* before = nullptr;
  if (size > 0) {
    before = pbuf_alloc(PBUF_RAW, size, PBUF_RAM);
    if (before == nullptr) return ERR_MEM;  // lwIP offers the data again later
    pbuf_copy_partial(data, before->payload, size, 0);
  }
  urgent_.keep(std::byte{pbuf_get_at(data, size)});
  if (before != nullptr) received_.push(before);
  data = pbuf_free_header(data, static_cast<u16_t>(size + 1));
  if (data != nullptr) received_.push(data);
  tcp_recved(pcb_, 1);
  return ERR_OK;
}

void TcpSocket::urgent_announced(const struct tcp_pcb* pcb, std::uint32_t end) {
  if (pcb != pcb_ || end_of_data_ || !urgent_.announce(end, received_.size())) return;
  reading_.wake();
  poll_source().notify();
}

void TcpSocket::remote_closed() {
  end_of_data_ = fin_received_ = true;
  // With both directions closed lwIP frees the block some time without telling.
  if (send_closed_) {
    detach_block();
    state_ = State::disconnected;
  }
  reading_.wake();
  writing_.wake();
  poll_source().notify();
}

err_t TcpSocket::on_sent(void* self, struct tcp_pcb* pcb, u16_t) {
  auto* socket = static_cast<TcpSocket*>(self);
  const Nanoseconds timeout = Nanoseconds{pcb->rto} * TCP_SLOW_INTERVAL * 1'000'000;
  socket->round_trip_.acknowledged(pcb->lastack, timeout);
  socket->retransmissions_.acknowledged(pcb->lastack);
  socket->writing_.wake();
  socket->poll_source().notify();
  return ERR_OK;
}

void TcpSocket::on_error(void* self, err_t error) {
  auto* socket = static_cast<TcpSocket*>(self);
  // lwIP has freed the block, or will: nothing of it may be read any more.
  socket->pcb_ = nullptr;
  socket->retransmissions_.stop();
  const bool connecting = socket->state_ == State::connecting;
  socket->state_ = connecting ? State::idle : State::disconnected;
  socket->end_of_data_ = socket->send_closed_ = true;
  if (error == ERR_CLSD) {
    socket->set_error(0);
  } else if (error == ERR_RST) {
    socket->set_error(connecting ? NB_ECONNREFUSED : NB_ECONNRESET);
  } else {
    socket->set_error(NB_ETIMEDOUT);
  }
}

}  // namespace farcall::kernel
