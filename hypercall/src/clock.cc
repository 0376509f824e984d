// Clocks.
#include "clock.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include "errors.h"
#include "netbsd/constants.h"
#include "upcalls.h"

namespace farcall::hypercall {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
// Far enough for anyone, and it can be added to without overflow.
constexpr std::int64_t kLongestWait = std::numeric_limits<std::int32_t>::max();

bool is_clock(int clock) {
  return clock == RUMPUSER_CLOCK_RELWALL || clock == RUMPUSER_CLOCK_ABSMONO;
}

/// The end of a sleep. One of wall time is measured on the monotonic clock as well, so that setting
/// the wall clock does not change how long it takes.
timespec monotonic_end(int clock, std::int64_t sec, long nsec) {
  if (clock == RUMPUSER_CLOCK_RELWALL) return monotonic_after(sec, nsec);
  return {.tv_sec = std::max<std::int64_t>(sec, 0), .tv_nsec = sec < 0 ? 0 : nsec};
}

}  // namespace

timespec monotonic_after(std::int64_t sec, std::int64_t nsec) {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  if (sec < 0 || nsec < 0) return now;
  const std::int64_t whole =
      std::min(sec, kLongestWait) + std::min(nsec / kNanosecondsPerSecond, kLongestWait);
  const std::int64_t rest = now.tv_nsec + nsec % kNanosecondsPerSecond;
  return {.tv_sec = now.tv_sec + whole + rest / kNanosecondsPerSecond,
          .tv_nsec = rest % kNanosecondsPerSecond};
}

}  // namespace farcall::hypercall

using namespace farcall::hypercall;

int rumpuser_clock_gettime(int clock, int64_t* sec, long* nsec) {
  if (!is_clock(clock)) return NB_EINVAL;
  timespec now;
  ::clock_gettime(clock == RUMPUSER_CLOCK_RELWALL ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
  *sec = now.tv_sec;
  *nsec = now.tv_nsec;
  return 0;
}

int rumpuser_clock_sleep(int clock, int64_t sec, long nsec) {
  if (!is_clock(clock) || nsec < 0 || nsec >= kNanosecondsPerSecond) return NB_EINVAL;
  const timespec end = monotonic_end(clock, sec, nsec);
  return sleeping([&] {
    int error = 0;
    do {
      error = ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, nullptr);
    } while (error == EINTR);
    return errno_to_netbsd(error);
  });
}
