// Locks that a signal handler cannot deadlock on: they are held only while all signals are blocked.
#pragma once

#include <atomic>
#include <cstdint>

#include "host.h"

namespace farcall::client {

/// All signals blocked for a scope. Every lock of this library is taken inside one.
class SignalsBlocked {
 public:
  SignalsBlocked() : before_(host::set_signal_mask(host::kAllSignals)) {}
  ~SignalsBlocked() { host::set_signal_mask(before_); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  /// The mask that the program had set.
  [[nodiscard]] host::SignalSet program_mask() const { return before_; }

 private:
  host::SignalSet before_;
};

/// A mutex on one futex word (0 free, 1 held, 2 held and awaited). Not recursive; starts free.
class Mutex {
 public:
  void lock() {
    std::uint32_t seen = 0;
    if (word_.compare_exchange_strong(seen, 1, std::memory_order_acquire)) return;
    while (word_.exchange(2, std::memory_order_acquire) != 0) host::futex_wait(word_, 2, nullptr);
  }
  void unlock() {
    if (word_.exchange(0, std::memory_order_release) == 2) host::futex_wake(word_, 1);
  }

 private:
  std::atomic<std::uint32_t> word_{0};
};

/// Holds a Mutex for a scope.
class Guard {
 public:
  explicit Guard(Mutex& mutex) : mutex_(mutex) { mutex_.lock(); }
  ~Guard() { mutex_.unlock(); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  Mutex& mutex_;
};

/// Gives a held Mutex up for a scope.
class Unguard {
 public:
  explicit Unguard(Mutex& mutex) : mutex_(mutex) { mutex_.unlock(); }
  ~Unguard() { mutex_.lock(); }
  Unguard(const Unguard&) = delete;
  Unguard& operator=(const Unguard&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace farcall::client
