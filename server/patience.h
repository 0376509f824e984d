// When it pays to poll a channel rather than to sleep until the client's wake-up.
//
// Polling is worth at most what it saves: a sleep and a wake-up, which across CPUs cost about
// kWorthwhile. So a channel is polled when its requests have lately come sooner than that, and a
// poller that found nothing for that long sleeps.
#pragma once

#include <algorithm>
#include <chrono>

namespace farcall::server {

/// Memory of how soon a channel's requests came while its keeper waited for them.
class Patience {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::nanoseconds kWorthwhile{50'000};

  [[nodiscard]] bool is_worth_polling() const { return expected_ < kWorthwhile / 2; }
  /// The last request came `pause` after the answer before it.
  void learn(std::chrono::nanoseconds pause) {
    expected_ += (std::min(pause, kForgotten) - expected_) / 4;
  }

 private:
  /// Longer pauses count as this one.
  static constexpr std::chrono::nanoseconds kForgotten{8 * kWorthwhile};
  std::chrono::nanoseconds expected_{kForgotten};
};

}  // namespace farcall::server
