// How late what waits for a time wakes up: on the host, in the hypercalls, in the kernel. Each
// operation takes kTimerWait and that.
#pragma once

#include <chrono>

#include "bench/kernel_calls.h"
#include "bench/scenario.h"
#include "rump/rumpuser.h"

namespace farcall::bench {

/// Ten milliseconds, since NetBSD's kernel counts in those.
inline constexpr std::chrono::nanoseconds kTimerWait = std::chrono::milliseconds(10);

/// clock_nanosleep of the host.
class HostSleep final : public Scenario {
 public:
  explicit HostSleep(const Context& /*context*/) {}
  void operation() override;
};

/// nanosleep of the kernel.
class KernelSleep final : public Scenario {
 public:
  explicit KernelSleep(const Context& context) : caller_(*context.caller) {}
  void operation() override;

 private:
  Caller& caller_;
};

/// rumpuser_clock_sleep, by a thread of the kernel that is in this process.
class HypercallSleep final : public Scenario {
 public:
  explicit HypercallSleep(const Context& context);
  void operation() override;
};

/// rumpuser_cv_timedwait there, with nobody to signal.
class HypercallTimedWait final : public Scenario {
 public:
  explicit HypercallTimedWait(const Context& context);
  void operation() override;

 private:
  rumpuser_mtx* mutex_ = nullptr;
  rumpuser_cv* condition_ = nullptr;
};

}  // namespace farcall::bench
