// A bounded queue of bytes whose ends are contiguous spans, so that they can be filled and emptied
// by copies straight from and to a process. A span that was handed out stays valid and in place
// until it is committed or consumed, even if the other end moves meanwhile.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "kernel/core/memory_budget.h"

namespace farcall::kernel {

class ByteRing {
 public:
  explicit ByteRing(std::size_t capacity) : capacity_(capacity) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t space() const { return capacity_ - size_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  /// Takes the memory, which is not there before the first use. False when the kernel's budget is
  /// spent.
  [[nodiscard]] bool prepare();
  /// Makes it longer; no span may be out. False when the kernel has no memory for that.
  [[nodiscard]] bool grow(std::size_t capacity);
  /// Free bytes at the end, at most `most` and at most up to the ring's seam; commit() makes the
  /// first of them part of the queue. Only when prepared.
  std::span<std::byte> reserve(std::size_t most);
  void commit(std::size_t count) { size_ += count; }

  /// The oldest bytes, `skip` left out, at most `most` and at most up to the seam; consume() drops
  /// the oldest.
  [[nodiscard]] std::span<const std::byte> front(std::size_t most, std::size_t skip = 0) const;
  void consume(std::size_t count);

 private:
  BudgetShare budget_;
  std::unique_ptr<std::byte[]> memory_;
  std::size_t capacity_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace farcall::kernel
