// PF_ROUTE: a socket on which the routing table is read and changed by messages, route(4).
#pragma once

#include <deque>

#include "kernel/core/socket.h"
#include "kernel/net/route_messages.h"
#include "netbsd/constants.h"

namespace farcall::kernel {

class RouteSocket final : public Socket {
 public:
  static Result<Ref<Socket>> create(int type, int protocol);
  ~RouteSocket() override;

  Result<void> bind(const SocketAddress&) override { return Error{NB_EOPNOTSUPP}; }
  Result<void> connect(const SocketAddress&) override { return Error{NB_EINVAL}; }
  /// One message. Its errors are the call's: NB_EPERM for changes by others than the superuser,
  /// NB_EEXIST, NB_ESRCH … Every routing socket gets the answer, which is the message with RTF_DONE
  /// or rtm_errno set.
  Result<std::size_t> send(SendRequest& request) override;
  Result<std::size_t> receive(ReceiveRequest& request) override;
  Result<void> shutdown(int how) override;
  Result<SocketAddress> local_address() override;
  Result<SocketAddress> peer_address() override { return Error{NB_ENOTCONN}; }
  Result<void> set_option(int level, int name, std::span<const std::byte> value) override;
  Result<std::vector<std::byte>> get_option(int level, int name) override;
  Result<void> ioctl(unsigned long command, void* data) override;
  short poll(short events) override;

 private:
  explicit RouteSocket(int protocol);
  void deliver(const RouteBytes& message);

  std::deque<RouteBytes> queue_;
  WaitQueue arrived_;
  bool loopback_ = true;  ///< SO_USELOOPBACK: hears its own messages
};

}  // namespace farcall::kernel
