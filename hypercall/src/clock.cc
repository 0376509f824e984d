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

int sleep_until(const timespec& deadline) {
  int error = 0;
  do {
    error = ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nullptr);
  } while (error == EINTR);
  return errno_to_netbsd(error);
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
  if (clock != RUMPUSER_CLOCK_RELWALL && clock != RUMPUSER_CLOCK_ABSMONO) return NB_EINVAL;
  timespec now;
  const int result =
      ::clock_gettime(clock == RUMPUSER_CLOCK_RELWALL ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
  if (result == -1) return errno_to_netbsd(errno);
  *sec = now.tv_sec;
  *nsec = now.tv_nsec;
  return 0;
}

int rumpuser_clock_sleep(int clock, int64_t sec, long nsec) {
  if (nsec < 0 || nsec >= kNanosecondsPerSecond) return NB_EINVAL;
  switch (clock) {
    case RUMPUSER_CLOCK_RELWALL: {
      // Measured on the monotonic clock, so that setting the wall clock does not change how long it
      // takes.
      const timespec deadline = monotonic_after(sec, nsec);
      return sleeping([&] { return sleep_until(deadline); });
    }
    case RUMPUSER_CLOCK_ABSMONO: {
      const timespec deadline = {.tv_sec = std::max<std::int64_t>(sec, 0),
                                 .tv_nsec = sec < 0 ? 0 : nsec};
      return sleeping([&] { return sleep_until(deadline); });
    }
    default:
      return NB_EINVAL;
  }
}
