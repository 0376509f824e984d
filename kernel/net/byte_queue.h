// The bytes that a TCP connection received and nobody read yet, in the buffers they arrived in.
#pragma once

#include <cstddef>
#include <deque>

#include "kernel/net/lwip.h"

namespace farcall::kernel {

class ByteQueue {
 public:
  ByteQueue() = default;
  ByteQueue(const ByteQueue&) = delete;
  ByteQueue& operator=(const ByteQueue&) = delete;
  ~ByteQueue() { clear(); }

  /// Takes over the reference.
  void push(struct pbuf* buffer);
  /// Copies the first `size` bytes, which must be there, and leaves them.
  void peek(void* to, std::size_t size) const;
  /// Drops the first `size` bytes, which must be there.
  void consume(std::size_t size);
  void clear() { consume(size_); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::deque<struct pbuf*> buffers_;
  std::size_t offset_ = 0;  ///< of the first byte in the first buffer
  std::size_t size_ = 0;
};

}  // namespace farcall::kernel
