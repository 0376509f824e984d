#include "server/kernel_clock.h"

#include <time.h>

#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "server/kernel_symbol.h"

namespace farcall::server {

void hold_clock_back(void* kernel) {
  constexpr long kSecond = 1'000'000'000;
  int (*set_clock)(int clock, const netbsd::timespec* time) = nullptr;
  const int* ticks_per_second = nullptr;
  if (!take(kernel, "rump___sysimpl_clock_settime50", set_clock) ||
      !take(kernel, "rumpns_hz", ticks_per_second) || *ticks_per_second <= 0) {
    return;
  }
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const long tick = kSecond / *ticks_per_second;
  netbsd::timespec before = {};
  before.tv_sec = now.tv_sec - (now.tv_nsec < tick ? 1 : 0);
  before.tv_nsec = now.tv_nsec - tick + (now.tv_nsec < tick ? kSecond : 0);
  set_clock(NB_CLOCK_REALTIME, &before);
}

}  // namespace farcall::server
