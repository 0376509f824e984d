#include "kernel/ipc/byte_ring.h"

#include <algorithm>
#include <utility>

namespace farcall::kernel {

bool ByteRing::prepare() {
  if (memory_) return true;
  if (!budget_.take(capacity_)) return false;
  memory_.reset(new std::byte[capacity_]);
  return true;
}

bool ByteRing::grow(std::size_t capacity) {
  if (!budget_.take_of_plenty(capacity - capacity_)) return false;
  std::unique_ptr<std::byte[]> longer(new std::byte[capacity]);
  std::byte* end = longer.get();
  for (auto part = front(size_); !part.empty();
       part = front(size_, static_cast<std::size_t>(end - longer.get()))) {
    end = std::ranges::copy(part, end).out;
  }
  memory_ = std::move(longer);
  capacity_ = capacity;
  head_ = 0;
  return true;
}

std::span<std::byte> ByteRing::reserve(std::size_t most) {
  if (size_ == 0) head_ = 0;  // so that one reservation, and one copy, can be as long as the ring
  std::size_t tail = (head_ + size_) % capacity_;
  return {memory_.get() + tail, std::min({most, space(), capacity_ - tail})};
}

std::span<const std::byte> ByteRing::front(std::size_t most, std::size_t skip) const {
  if (skip >= size_) return {};
  std::size_t start = (head_ + skip) % capacity_;
  return {memory_.get() + start, std::min({most, size_ - skip, capacity_ - start})};
}

void ByteRing::consume(std::size_t count) {
  head_ = (head_ + count) % capacity_;
  size_ -= count;
}

}  // namespace farcall::kernel
