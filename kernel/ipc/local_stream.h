// SOCK_STREAM of AF_LOCAL: two byte channels once connected.
#pragma once

#include <deque>

#include "kernel/ipc/byte_channel.h"
#include "kernel/ipc/local_socket.h"

namespace farcall::kernel {

class LocalStream final : public LocalSocket {
 public:
  LocalStream();
  ~LocalStream() override { close(); }

  /// Connects two sockets that are not connected.
  static void join(LocalStream& one, LocalStream& other);

  Result<void> listen(int backlog) override;
  Result<Ref<Socket>> accept(SocketAddress& peer) override;
  Result<void> connect(const SocketAddress& address) override;
  Result<std::size_t> send(SendRequest& request) override;
  Result<std::size_t> receive(ReceiveRequest& request) override;
  Result<void> shutdown(int how) override;
  Result<SocketAddress> peer_address() override;
  Result<void> ioctl(unsigned long command, void* data) override;
  short poll(short events) override;
  void close() override;

 private:
  [[nodiscard]] bool accepts_connections() const override { return listening_; }
  [[nodiscard]] bool connected() const { return static_cast<bool>(in_); }

  Ref<ByteChannel> in_, out_;
  SocketAddress peer_name_;
  bool listening_ = false;
  std::size_t backlog_ = 0;
  std::deque<Ref<LocalStream>> pending_;
  WaitQueue accepting_;
};

}  // namespace farcall::kernel
