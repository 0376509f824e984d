#include "kernel/ipc/local_datagram.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "netbsd/constants.h"

namespace farcall::kernel {

LocalDatagram::LocalDatagram() : LocalSocket(NB_SOCK_DGRAM) {}

void LocalDatagram::join(LocalDatagram& one, LocalDatagram& other) {
  one.peer_ = Ref<LocalDatagram>(&other);
  other.peer_ = Ref<LocalDatagram>(&one);
}

Result<void> LocalDatagram::connect(const SocketAddress& address) {
  FARCALL_ASSIGN(LocalSocket * found, find(address));
  peer_ = Ref<LocalDatagram>(static_cast<LocalDatagram*>(found));
  return {};
}

Result<Ref<LocalDatagram>> LocalDatagram::destination(const SendRequest& request) {
  if (!can_send_) return Error{NB_EPIPE};
  if (request.to == nullptr) {
    if (!peer_) return Error{NB_EDESTADDRREQ};
    return peer_;
  }
  if (peer_) return Error{NB_EISCONN};
  FARCALL_ASSIGN(LocalSocket * found, find(*request.to));
  return Ref<LocalDatagram>(static_cast<LocalDatagram*>(found));
}

Result<void> LocalDatagram::wait_for_room(LocalDatagram& receiver, std::size_t size, bool nowait) {
  while (receiver.open_ && receiver.can_receive_ && !receiver.has_room(size)) {
    if (nowait) return Error{NB_EWOULDBLOCK};
    FARCALL_TRY(receiver.waiting_.sleep());
  }
  if (!receiver.open_) return Error{NB_ECONNREFUSED};
  if (!receiver.can_receive_) return Error{NB_ENOBUFS};
  return {};
}

Result<std::size_t> LocalDatagram::send(SendRequest& request) {
  FARCALL_ASSIGN(PassedFiles files, PassedFiles::take(request.control));
  std::size_t size = request.uio->resid();
  if (size > kMaxMessage) return Error{NB_EMSGSIZE};
  FARCALL_ASSIGN(auto receiver, destination(request));
  Message message{std::vector<std::byte>(size), *local_address(), std::move(files)};
  FARCALL_TRY(request.uio->copy_from_user(message.data));
  bool nowait = nonblocking() || (request.flags & NB_MSG_DONTWAIT) != 0;
  FARCALL_TRY(wait_for_room(*receiver, size, nowait));
  if (!receiver->budget_.take(message.cost())) return Error{NB_ENOBUFS};
  receiver->queued_ += size;
  receiver->messages_.push_back(std::move(message));
  receiver->changed();
  return size;
}

Result<void> LocalDatagram::wait_for_message(bool nowait) {
  while (messages_.empty() && can_receive_) {
    if (nowait) return Error{NB_EWOULDBLOCK};
    FARCALL_TRY(waiting_.sleep());
  }
  return {};
}

Result<std::size_t> LocalDatagram::receive(ReceiveRequest& request) {
  bool nowait = nonblocking() || (request.flags & NB_MSG_DONTWAIT) != 0;
  FARCALL_TRY(wait_for_message(nowait));
  if (messages_.empty()) return std::size_t{0};
  // Taken before it is copied, which gives up the CPU. Who peeks gets no files.
  const bool peeks = (request.flags & NB_MSG_PEEK) != 0;
  Message message =
      peeks ? Message{messages_.front().data, messages_.front().from, {}} : take_message();
  std::size_t size = std::min(message.data.size(), request.uio->resid());
  if (size < message.data.size()) request.result_flags |= NB_MSG_TRUNC;
  request.from = message.from;
  FARCALL_TRY(request.uio->copy_to_user(std::span(message.data).first(size)));
  message.files.deliver(request);
  return size;
}

LocalDatagram::Message LocalDatagram::take_message() {
  Message message = std::move(messages_.front());
  messages_.pop_front();
  queued_ -= message.data.size();
  budget_.give_back(message.cost());
  changed();
  return message;
}

Result<void> LocalDatagram::shutdown(int how) {
  if (!peer_) return Error{NB_ENOTCONN};
  if (how != NB_SHUT_WR) can_receive_ = false;
  if (how != NB_SHUT_RD) can_send_ = false;
  changed();
  return {};
}

Result<SocketAddress> LocalDatagram::peer_address() {
  if (!peer_) return Error{NB_ENOTCONN};
  return peer_->local_address();
}

Result<void> LocalDatagram::ioctl(unsigned long command, void* data) {
  if (command != NB_FIONREAD) return Error{NB_ENOTTY};
  int value = messages_.empty() ? 0 : static_cast<int>(messages_.front().data.size());
  std::memcpy(data, &value, sizeof value);
  return {};
}

short LocalDatagram::poll(short events) {
  int ready = 0;
  if (!messages_.empty() || !can_receive_) ready |= NB_POLLIN | NB_POLLRDNORM;
  bool peer_full = peer_ && peer_->open_ && !peer_->has_room(kMaxMessage);
  if (!peer_full) ready |= NB_POLLOUT | NB_POLLWRNORM;
  return static_cast<short>(ready & events);
}

// The peer of a pair may wait for room here, in poll too.
void LocalDatagram::changed() {
  waiting_.wake_all();
  poll_source().notify();
  if (peer_) peer_->poll_source().notify();
}

void LocalDatagram::close() {
  unbind();
  open_ = false;
  // Their files are closed at the end, which may sleep.
  const std::deque<Message> unread = std::exchange(messages_, {});
  for (const Message& message : unread) budget_.give_back(message.cost());
  queued_ = 0;
  changed();
  peer_ = nullptr;
}

}  // namespace farcall::kernel
