#include "server/kernel_clock.h"

#include <algorithm>
#include <cstdint>

#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "server/kernel_symbol.h"

namespace farcall::server {
namespace {

using std::chrono::nanoseconds;

/// It counts the first two at once.
constexpr int kTicksAtStart = 2;

}  // namespace

void hold_clock_back(void* kernel, std::chrono::steady_clock::time_point start) {
  int (*set_clock)(int clock, const netbsd::timespec* time) = nullptr;
  const int* ticks_per_second = nullptr;
  const volatile int* ticks = nullptr;
  if (!take(kernel, "rump___sysimpl_clock_settime50", set_clock) ||
      !take(kernel, "rumpns_hz", ticks_per_second) || *ticks_per_second <= 0 ||
      !take(kernel, "rumpns_hardclock_ticks", ticks)) {
    return;
  }
  const nanoseconds tick = nanoseconds(std::chrono::seconds(1)) / *ticks_per_second;
  const int counted = *ticks;
  const auto passed = (std::chrono::steady_clock::now() - start) / tick + kTicksAtStart;
  const auto missed = std::max<std::int64_t>(passed - counted, 0);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const nanoseconds before = now - tick * (missed + 1);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(before);
  netbsd::timespec time = {};
  time.tv_sec = seconds.count();
  time.tv_nsec = (before - seconds).count();
  set_clock(NB_CLOCK_REALTIME, &time);
}

}  // namespace farcall::server
