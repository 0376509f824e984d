#include "kernel/net/route_socket.h"

#include <algorithm>
#include <cstring>

#include "kernel/core/proc.h"
#include "kernel/net/if_ioctl.h"
#include "kernel/net/route_request.h"

namespace farcall::kernel {

namespace {

constexpr std::size_t kLargestMessage = 4096;
constexpr std::size_t kQueueLimit = 256;

std::vector<RouteSocket*>* listeners;  // never destroyed

template <class T>
std::vector<std::byte> bytes_of(const T& value) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&value);
  return {bytes, bytes + sizeof value};
}

/// The writer's message as an answer that says why nothing was done.
RouteBytes refusal(RouteBytes message, int error) {
  netbsd::rt_msghdr header;
  if (message.size() < sizeof header) return {};
  std::memcpy(&header, message.data(), sizeof header);
  header.rtm_errno = error;
  header.rtm_pid = current_process().pid;
  std::memcpy(message.data(), &header, sizeof header);
  return message;
}

}  // namespace

Result<Ref<Socket>> RouteSocket::create(int type, int protocol) {
  if (type != NB_SOCK_RAW) return Error{NB_EPROTONOSUPPORT};
  return Ref<Socket>(new RouteSocket(protocol));
}

RouteSocket::RouteSocket(int protocol) : Socket(NB_AF_ROUTE, NB_SOCK_RAW, protocol) {
  if (listeners == nullptr) listeners = new std::vector<RouteSocket*>;
  listeners->push_back(this);
}

RouteSocket::~RouteSocket() { std::erase(*listeners, this); }

void RouteSocket::deliver(const RouteBytes& message) {
  if (queue_.size() >= kQueueLimit) return;
  queue_.push_back(message);
  arrived_.wake_all();
  poll_source().notify();
}

Result<std::size_t> RouteSocket::send(SendRequest& request) {
  const std::size_t size = request.uio->resid();
  if (size > kLargestMessage) return Error{NB_EMSGSIZE};
  RouteBytes message(size);
  FARCALL_TRY(request.uio->copy_from_user(message));
  auto answer = route_request(message);
  const RouteBytes announced = answer ? std::move(*answer) : refusal(message, answer.code());
  for (RouteSocket* listener : *listeners) {
    if (!announced.empty() && (listener != this || loopback_)) listener->deliver(announced);
  }
  if (!answer) return answer.error();
  return size;
}

Result<std::size_t> RouteSocket::receive(ReceiveRequest& request) {
  while (queue_.empty()) {
    if (nonblocking() || (request.flags & NB_MSG_DONTWAIT) != 0) return Error{NB_EWOULDBLOCK};
    FARCALL_TRY(arrived_.sleep());
  }
  const RouteBytes message = queue_.front();
  if ((request.flags & NB_MSG_PEEK) == 0) queue_.pop_front();
  const std::size_t size = std::min(message.size(), request.uio->resid());
  if (size < message.size()) request.result_flags |= NB_MSG_TRUNC;
  FARCALL_TRY(request.uio->copy_to_user({message.data(), size}));
  return size;
}

Result<void> RouteSocket::shutdown(int how) {
  if (how < NB_SHUT_RD || how > NB_SHUT_RDWR) return Error{NB_EINVAL};
  return {};
}

Result<SocketAddress> RouteSocket::local_address() {
  netbsd::sockaddr address = {};
  address.sa_len = 2;
  address.sa_family = NB_AF_ROUTE;
  return SocketAddress::from(address);
}

Result<void> RouteSocket::set_option(int level, int name, std::span<const std::byte> value) {
  int on = 0;
  if (level != NB_SOL_SOCKET || name != NB_SO_USELOOPBACK) return Error{NB_ENOPROTOOPT};
  if (value.size() < sizeof on) return Error{NB_EINVAL};
  std::memcpy(&on, value.data(), sizeof on);
  loopback_ = on != 0;
  return {};
}

Result<std::vector<std::byte>> RouteSocket::get_option(int level, int name) {
  if (level != NB_SOL_SOCKET) return Error{NB_ENOPROTOOPT};
  switch (name) {
    case NB_SO_USELOOPBACK:
      return bytes_of(static_cast<int>(loopback_));
    case NB_SO_TYPE:
      return bytes_of(type());
    case NB_SO_ERROR:
      return bytes_of(0);
    default:
      return Error{NB_ENOPROTOOPT};
  }
}

Result<void> RouteSocket::ioctl(unsigned long command, void* data) {
  if (command != NB_FIONREAD) return interface_ioctl(command, data);
  *static_cast<int*>(data) = queue_.empty() ? 0 : static_cast<int>(queue_.front().size());
  return {};
}

short RouteSocket::poll(short events) {
  int ready = NB_POLLOUT | NB_POLLWRNORM;
  if (!queue_.empty()) ready |= NB_POLLIN | NB_POLLRDNORM;
  return static_cast<short>(ready & events);
}

}  // namespace farcall::kernel
