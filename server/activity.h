// What clients have made the server do, for those who ask (server/control).
#pragma once

#include <atomic>
#include <cstdint>

namespace farcall::server {

struct Activity {
  std::uint64_t calls = 0;
  /// Bytes that calls have copied from, and to, clients' memory; strings from there do not count,
  /// copies that fail do.
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  /// Of shared buffers, that the kernel has borrowed.
  std::uint64_t bytes_lent = 0;

  Activity& operator+=(const Activity& other) {
    calls += other.calls;
    bytes_read += other.bytes_read;
    bytes_written += other.bytes_written;
    bytes_lent += other.bytes_lent;
    return *this;
  }
};

/// Counts from any thread.
class ActivityCounter {
 public:
  void count_call() { calls_.fetch_add(1, std::memory_order_relaxed); }
  void count_read(std::uint64_t bytes) { read_.fetch_add(bytes, std::memory_order_relaxed); }
  void count_written(std::uint64_t bytes) { written_.fetch_add(bytes, std::memory_order_relaxed); }
  void count_lent(std::uint64_t bytes) { lent_.fetch_add(bytes, std::memory_order_relaxed); }

  [[nodiscard]] Activity total() const {
    return {.calls = calls_.load(std::memory_order_relaxed),
            .bytes_read = read_.load(std::memory_order_relaxed),
            .bytes_written = written_.load(std::memory_order_relaxed),
            .bytes_lent = lent_.load(std::memory_order_relaxed)};
  }

 private:
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<std::uint64_t> read_{0};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> lent_{0};
};

}  // namespace farcall::server
