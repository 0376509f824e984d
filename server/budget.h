// A number of bytes that many may take from, never more than there are.
#pragma once

#include <atomic>
#include <cstddef>

namespace farcall::server {

/// Safe from any thread.
class Budget {
 public:
  explicit Budget(std::size_t size) : size_(size), left_(size) {}

  [[nodiscard]] bool take(std::size_t size) {
    std::size_t left = left_.load(std::memory_order_relaxed);
    while (left >= size) {
      if (left_.compare_exchange_weak(left, left - size, std::memory_order_relaxed)) return true;
    }
    return false;
  }
  void give_back(std::size_t size) { left_.fetch_add(size, std::memory_order_relaxed); }

  [[nodiscard]] std::size_t taken() const { return size_ - left_.load(std::memory_order_relaxed); }

 private:
  const std::size_t size_;
  std::atomic<std::size_t> left_;
};

}  // namespace farcall::server
