// What lwIP tells a TCP socket. Each of these runs inside of a StackScope.
#include "kernel/net/interface.h"
#include "kernel/net/tcp_socket.h"

namespace farcall::kernel {

err_t TcpSocket::on_accept(void* self, struct tcp_pcb* pcb, err_t error) {
  auto* listener = static_cast<TcpSocket*>(self);
  if (listener == nullptr || pcb == nullptr || error != ERR_OK) return ERR_VAL;
  if (listener->accepted_.size() >= listener->backlog_) return ERR_MEM;  // lwIP resets it
  Ref<TcpSocket> socket(new TcpSocket(listener->domain(), pcb));
  socket->options = listener->options;
  socket->apply_options();
  listener->accepted_.push_back(std::move(socket));
  listener->reading_.wake();
  listener->poll_source().notify();
  return ERR_OK;
}

err_t TcpSocket::on_connected(void* self, struct tcp_pcb*, err_t) {
  auto* socket = static_cast<TcpSocket*>(self);
  socket->state_ = State::connected;
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
  socket->received_.push(data);
  socket->reading_.wake();
  socket->poll_source().notify();
  return ERR_OK;
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

err_t TcpSocket::on_sent(void* self, struct tcp_pcb*, u16_t) {
  auto* socket = static_cast<TcpSocket*>(self);
  socket->writing_.wake();
  socket->poll_source().notify();
  return ERR_OK;
}

void TcpSocket::on_error(void* self, err_t error) {
  auto* socket = static_cast<TcpSocket*>(self);
  // lwIP has freed the block, or will: nothing of it may be read any more.
  socket->pcb_ = nullptr;
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
