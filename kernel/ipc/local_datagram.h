// SOCK_DGRAM of AF_LOCAL: whole messages, kept by the receiver until it reads them.
#pragma once

#include <deque>

#include "kernel/core/memory_budget.h"
#include "kernel/ipc/local_socket.h"
#include "kernel/ipc/passed_files.h"

namespace farcall::kernel {

class LocalDatagram final : public LocalSocket {
 public:
  LocalDatagram();
  ~LocalDatagram() override { close(); }

  static void join(LocalDatagram& one, LocalDatagram& other);

  Result<void> connect(const SocketAddress& address) override;
  Result<std::size_t> send(SendRequest& request) override;
  Result<std::size_t> receive(ReceiveRequest& request) override;
  Result<void> shutdown(int how) override;
  Result<SocketAddress> peer_address() override;
  Result<void> ioctl(unsigned long command, void* data) override;
  short poll(short events) override;
  void close() override;

 private:
  static constexpr std::size_t kMaxMessage = 65536;
  static constexpr std::size_t kMaxQueued = 262144;
  static constexpr std::size_t kMaxMessages = 1024;

  struct Message {
    std::vector<std::byte> data;
    SocketAddress from;
    PassedFiles files;

    [[nodiscard]] std::size_t cost() const { return data.size() + sizeof *this + files.cost(); }
  };

  Result<Ref<LocalDatagram>> destination(const SendRequest& request);
  Result<void> wait_for_room(LocalDatagram& receiver, std::size_t size, bool nowait);
  Result<void> wait_for_message(bool nowait);
  [[nodiscard]] bool has_room(std::size_t size) const {
    return queued_ + size <= kMaxQueued && messages_.size() < kMaxMessages;
  }
  Message take_message();
  void changed();

  // Of a connected socket. The reference keeps the object, not its being open.
  Ref<LocalDatagram> peer_;
  std::deque<Message> messages_;
  std::size_t queued_ = 0;
  BudgetShare budget_;
  WaitQueue waiting_;
  bool open_ = true;
  bool can_receive_ = true;
  bool can_send_ = true;
};

}  // namespace farcall::kernel
