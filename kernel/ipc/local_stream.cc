#include "kernel/ipc/local_stream.h"

#include <algorithm>
#include <cstring>

#include "netbsd/constants.h"

namespace farcall::kernel {

LocalStream::LocalStream() : LocalSocket(NB_SOCK_STREAM) {}

void LocalStream::join(LocalStream& one, LocalStream& other) {
  one.in_ = other.out_ = make_ref<ByteChannel>(one.poll_source(), other.poll_source());
  other.in_ = one.out_ = make_ref<ByteChannel>(other.poll_source(), one.poll_source());
  one.peer_name_ = *other.local_address();
  other.peer_name_ = *one.local_address();
}

Result<void> LocalStream::listen(int backlog) {
  if (connected()) return Error{NB_EINVAL};
  listening_ = true;
  backlog_ = static_cast<std::size_t>(std::max(backlog, 1));
  return {};
}

// The connection stands at once, before the listener accepts it.
Result<void> LocalStream::connect(const SocketAddress& address) {
  if (connected()) return Error{NB_EISCONN};
  if (listening_) return Error{NB_EOPNOTSUPP};
  FARCALL_ASSIGN(LocalSocket * found, find(address));
  auto& listener = *static_cast<LocalStream*>(found);
  if (!listener.listening_ || listener.pending_.size() >= listener.backlog_) {
    return Error{NB_ECONNREFUSED};
  }
  auto server_side = make_ref<LocalStream>();
  join(*this, *server_side);
  peer_name_ = *listener.local_address();
  listener.pending_.push_back(std::move(server_side));
  listener.accepting_.wake_all();
  listener.poll_source().notify();
  return {};
}

Result<Ref<Socket>> LocalStream::accept(SocketAddress& peer) {
  if (!listening_) return Error{NB_EINVAL};
  while (pending_.empty()) {
    if (nonblocking()) return Error{NB_EWOULDBLOCK};
    FARCALL_TRY(accepting_.sleep());
    if (!listening_) return Error{NB_ECONNABORTED};
  }
  Ref<LocalStream> connection = std::move(pending_.front());
  pending_.pop_front();
  peer = connection->peer_name_;
  return Ref<Socket>(connection);
}

Result<std::size_t> LocalStream::send(SendRequest& request) {
  if (!connected()) return Error{NB_ENOTCONN};
  if (request.to != nullptr) return Error{NB_EISCONN};
  if (!request.control.empty()) return Error{NB_EOPNOTSUPP};
  bool nowait = nonblocking() || (request.flags & NB_MSG_DONTWAIT) != 0;
  Ref<ByteChannel> channel = out_;
  return channel->write(*request.uio, {.nonblocking = nowait, .deadline = {}});
}

Result<std::size_t> LocalStream::receive(ReceiveRequest& request) {
  if (!connected()) return Error{NB_ENOTCONN};
  ByteChannel::Options options{
      .nonblocking = nonblocking() || (request.flags & NB_MSG_DONTWAIT) != 0,
      .peek = (request.flags & NB_MSG_PEEK) != 0,
      .wait_all = (request.flags & NB_MSG_WAITALL) != 0,
      .deadline = {},
  };
  Ref<ByteChannel> channel = in_;
  return channel->read(*request.uio, options);
}

Result<void> LocalStream::shutdown(int how) {
  if (!connected()) return Error{NB_ENOTCONN};
  if (how != NB_SHUT_WR && in_->reader_open()) in_->close_reader();
  if (how != NB_SHUT_RD && out_->writer_open()) out_->close_writer();
  poll_source().notify();
  return {};
}

Result<SocketAddress> LocalStream::peer_address() {
  if (!connected()) return Error{NB_ENOTCONN};
  return peer_name_;
}

Result<void> LocalStream::ioctl(unsigned long command, void* data) {
  int value = 0;
  switch (command) {
    case NB_FIONREAD:
      value = connected() ? static_cast<int>(in_->available()) : 0;
      break;
    case NB_FIONWRITE:
      value = connected() ? static_cast<int>(out_->available()) : 0;
      break;
    case NB_FIONSPACE:
      value = connected() ? static_cast<int>(out_->space()) : 0;
      break;
    default:
      return Error{NB_ENOTTY};
  }
  std::memcpy(data, &value, sizeof value);
  return {};
}

short LocalStream::poll(short events) {
  int ready = 0;
  if (listening_) {
    if (!pending_.empty()) ready |= NB_POLLIN | NB_POLLRDNORM;
  } else if (!connected()) {
    ready |= NB_POLLHUP | NB_POLLOUT | NB_POLLWRNORM;
  } else {
    if (in_->can_read() || !in_->reader_open()) ready |= NB_POLLIN | NB_POLLRDNORM;
    if (out_->can_write()) ready |= NB_POLLOUT | NB_POLLWRNORM;
    if (!in_->writer_open() && !out_->reader_open()) ready |= NB_POLLHUP;
  }
  return static_cast<short>(ready & events);
}

void LocalStream::close() {
  unbind();
  listening_ = false;
  pending_.clear();
  accepting_.wake_all();
  if (!connected()) return;
  if (in_->reader_open()) in_->close_reader();
  if (out_->writer_open()) out_->close_writer();
}

}  // namespace farcall::kernel
