// Until when a call may sleep, on the monotonic clock.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace farcall::shim {

class Deadline {
 public:
  static Deadline never() { return Deadline(kNever); }
  /// poll(2)'s timeout: negative is for ever.
  static Deadline after_ms(int timeout) {
    return timeout < 0 ? never() : after_ns(std::int64_t{timeout} * 1'000'000);
  }
  /// ppoll(2)'s timeout: NULL is for ever. `timeout` is valid (see is_valid).
  static Deadline after(const timespec* timeout) {
    if (timeout == nullptr || timeout->tv_sec > kLongest) return never();
    return after_ns(timeout->tv_sec * kSecond + timeout->tv_nsec);
  }

  /// True for one that lets a call only look.
  [[nodiscard]] bool is_now() const { return at_ == kNow; }

  /// This one or `ms` from now, whichever is first.
  [[nodiscard]] Deadline at_most_ms(int ms) const {
    const Deadline other = after_ms(ms);
    return other.at_ < at_ ? other : *this;
  }

  static bool is_valid(const timespec& timeout) {
    return timeout.tv_sec >= 0 && timeout.tv_nsec >= 0 && timeout.tv_nsec < kSecond;
  }

  /// Nanoseconds left, at least 0; negative: for ever.
  [[nodiscard]] std::int64_t left_ns() const {
    return at_ == kNever ? -1 : std::max<std::int64_t>(at_ - now_ns(), 0);
  }
  [[nodiscard]] bool expired() const { return left_ns() == 0; }
  /// What is left, as ppoll(2) takes it: `storage`, or NULL for ever.
  const timespec* left(timespec& storage) const {
    const std::int64_t ns = left_ns();
    if (ns < 0) return nullptr;
    storage = {.tv_sec = ns / kSecond, .tv_nsec = ns % kSecond};
    return &storage;
  }

 private:
  static constexpr std::int64_t kSecond = 1'000'000'000;
  static constexpr std::int64_t kLongest = 4'000'000'000;  // seconds, lest the sum overflow
  static constexpr std::int64_t kNow = 0;
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  explicit Deadline(std::int64_t at) : at_(at) {}
  static Deadline after_ns(std::int64_t ns) { return Deadline(ns == 0 ? kNow : now_ns() + ns); }
  static std::int64_t now_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * kSecond + now.tv_nsec;
  }

  std::int64_t at_;
};

}  // namespace farcall::shim
