// How long a channel's thread spins for the next request before it sleeps.
//
// Spinning is worth at most what it saves: a sleep and a wake-up, which across CPUs cost about
// kWorthwhile. So a thread spins when requests have lately come sooner than that, and never for
// longer. Spinning also needs a CPU beside the client's: SpinSlots has one for every two CPUs,
// since at the other end of a busy channel there is a busy client.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>

namespace farcall::server {

/// One thread's memory of how soon requests came.
class Patience {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::nanoseconds kWorthwhile{50'000};

  /// True when spinning for kWorthwhile will probably not be in vain.
  [[nodiscard]] bool has_hope() const { return expected_ < kWorthwhile / 2; }
  /// The last request came `pause` after the answer before it.
  void learn(std::chrono::nanoseconds pause) {
    expected_ += (std::min(pause, kForgotten) - expected_) / 4;
  }

 private:
  /// Longer pauses count as this one.
  static constexpr std::chrono::nanoseconds kForgotten{8 * kWorthwhile};
  std::chrono::nanoseconds expected_{kForgotten};
};

/// How many threads of the server may spin. Safe from any thread.
class SpinSlots {
 public:
  explicit SpinSlots(int count) : free_(count) {}

  [[nodiscard]] bool take() {
    if (free_.load(std::memory_order_relaxed) <= 0) return false;
    if (free_.fetch_sub(1, std::memory_order_relaxed) > 0) return true;
    give_back();
    return false;
  }
  void give_back() { free_.fetch_add(1, std::memory_order_relaxed); }

 private:
  std::atomic<int> free_;
};

}  // namespace farcall::server
