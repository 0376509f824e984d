#include "bench/timer_scenarios.h"

#include <dlfcn.h>

#include <ctime>

namespace farcall::bench {
namespace {

static_assert(kTimerWait < std::chrono::seconds(1));
constexpr long kNanoseconds = kTimerWait.count();

/// The kernel's CPU, for this thread, which has an lwp.
class CpuHeld {
 public:
  CpuHeld() { call("rump_schedule"); }
  ~CpuHeld() { call("rump_unschedule"); }
  CpuHeld(const CpuHeld&) = delete;
  CpuHeld& operator=(const CpuHeld&) = delete;

 private:
  static void call(const char* name) { reinterpret_cast<void (*)()>(dlsym(RTLD_DEFAULT, name))(); }
};

}  // namespace

void HostSleep::operation() {
  const timespec time = {0, kNanoseconds};
  require(clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr) == 0, "clock_nanosleep");
}

void KernelSleep::operation() {
  const netbsd::timespec time = {0, kNanoseconds};
  const netbsd::timespec* rest = nullptr;
  kernel_call(caller_, NB_SYS_nanosleep50, &time, rest);
}

HypercallSleep::HypercallSleep(const Context& /*context*/) {
  require(dlsym(RTLD_DEFAULT, "rump_schedule") != nullptr, "the kernel's entry points");
}

void HypercallSleep::operation() {
  const CpuHeld cpu;
  rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, kNanoseconds);
}

HypercallTimedWait::HypercallTimedWait(const Context& /*context*/) {
  require(dlsym(RTLD_DEFAULT, "rump_schedule") != nullptr, "the kernel's entry points");
  const CpuHeld cpu;
  rumpuser_mutex_init(&mutex_, RUMPUSER_MTX_SPIN | RUMPUSER_MTX_KMUTEX);
  rumpuser_cv_init(&condition_);
}

void HypercallTimedWait::operation() {
  const CpuHeld cpu;
  rumpuser_mutex_enter(mutex_);
  rumpuser_cv_timedwait(condition_, mutex_, 0, kNanoseconds);
  rumpuser_mutex_exit(mutex_);
}

}  // namespace farcall::bench
