#include "kernel/net/byte_queue.h"

#include <algorithm>

namespace farcall::kernel {

void ByteQueue::push(struct pbuf* buffer) {
  size_ += buffer->tot_len;
  buffers_.push_back(buffer);
}

void ByteQueue::peek(void* to, std::size_t size) const {
  auto* at = static_cast<std::byte*>(to);
  std::size_t offset = offset_;
  for (const struct pbuf* buffer : buffers_) {
    if (size == 0) return;
    const std::size_t part = std::min<std::size_t>(size, buffer->tot_len - offset);
    pbuf_copy_partial(buffer, at, static_cast<u16_t>(part), static_cast<u16_t>(offset));
    at += part;
    size -= part;
    offset = 0;
  }
}

void ByteQueue::consume(std::size_t size) {
  size_ -= size;
  while (!buffers_.empty()) {
    struct pbuf* first = buffers_.front();
    const std::size_t left = first->tot_len - offset_;
    if (size < left) {
      offset_ += size;
      return;
    }
    size -= left;
    offset_ = 0;
    buffers_.pop_front();
    pbuf_free(first);
    if (size == 0) return;
  }
}

}  // namespace farcall::kernel
