// A lock that a signal handler cannot deadlock on: all signals are blocked while it is held.
// close() and dup2() may be called from handlers, and so from one that interrupted close() or
// dup2().
#pragma once

#include <atomic>
#include <cstdint>

#include "raw.h"

namespace farcall::shim {

/// A mutex on one futex word. Not recursive. Constant-initialized: usable before any constructor.
class SignalSafeMutex {
 public:
  /// Blocks all signals of the thread and takes the mutex.
  void lock();
  void unlock();

 private:
  std::atomic<std::uint32_t> word_{0};  // 0 free, 1 held, 2 held and awaited
  std::uint64_t mask_{0};               // the holder's signal mask before lock()
};

class Guard {
 public:
  explicit Guard(SignalSafeMutex& mutex) : mutex_(mutex) { mutex_.lock(); }
  ~Guard() { mutex_.unlock(); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  SignalSafeMutex& mutex_;
};

}  // namespace farcall::shim
