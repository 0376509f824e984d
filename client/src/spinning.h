// How long to spin for an answer before sleeping: for as long as it has paid lately, by system
// call, since some answer at once and others wait for the world.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace farcall::client {

/// Of one thread. Time is counted in the processor's ticks.
class Spinning {
 public:
  using Ticks = std::uint64_t;
  /// `allowed`: there is a second CPU for who is to answer.
  explicit constexpr Spinning(bool allowed) : allowed_(allowed) {}
  static Ticks now() { return __builtin_ia32_rdtsc(); }
  /// How long to spin for the answer to system call `number`.
  [[nodiscard]] Ticks limit(int number) const {
    return allowed_ ? kShortest << level_[slot(number)] : 0;
  }
  /// The answer came after that many ticks, sleep included.
  void learn(int number, Ticks waited) {
    std::uint8_t& level = level_[slot(number)];
    if (waited > kWorthwhile) {
      level /= 2;
    } else if (waited > kShortest << level && level < kHighest) {
      ++level;
    }
  }

 private:
  static constexpr Ticks kShortest = 4096;     // 1 to 2 µs
  static constexpr std::uint8_t kHighest = 5;  // 40 to 60 µs
  static constexpr Ticks kWorthwhile = kShortest << (kHighest + 1);
  static constexpr std::size_t slot(int number) { return static_cast<unsigned>(number) % 128; }

  bool allowed_;
  std::array<std::uint8_t, 128> level_{};
};

}  // namespace farcall::client
