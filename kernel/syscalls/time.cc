// Clocks and sleeping: clock_gettime(2), gettimeofday(2), nanosleep(2), clock_nanosleep(2).
#include <algorithm>

#include "kernel/core/uio.h"
#include "kernel/syscalls/support.h"

namespace farcall::kernel {
namespace {

Result<Nanoseconds> read_clock(int clock) {
  switch (clock) {
    case NB_CLOCK_REALTIME:
      return realtime_now();
    case NB_CLOCK_MONOTONIC:
      return monotonic_now();
    default:
      return Error{NB_EINVAL};
  }
}

// NB_EINTR when it ended before the deadline.
Result<void> sleep_until(Nanoseconds deadline) {
  WaitQueue nobody_wakes;
  for (;;) {
    auto slept = nobody_wakes.sleep(deadline);
    if (slept.code() == NB_EWOULDBLOCK) return {};
    if (!slept.ok()) return slept;
  }
}

SyscallResult sleep_for(Nanoseconds wait, UserAddress remaining_address) {
  Nanoseconds deadline = deadline_after(wait);
  auto slept = sleep_until(deadline);
  if (!slept.ok() && remaining_address != 0) {
    auto remaining = to_timespec(std::max<Nanoseconds>(deadline - monotonic_now(), 0));
    FARCALL_TRY(copyout_value(remaining, remaining_address));
  }
  return done(slept);
}

Result<Nanoseconds> wait_argument(UserAddress address) {
  FARCALL_ASSIGN(auto time, copyin_value<netbsd::timespec>(address));
  return to_nanoseconds(time);
}

}  // namespace

SyscallResult sys_clock_gettime50(const Args& args) {
  FARCALL_ASSIGN(auto now, read_clock(args.integer(0)));
  return done(copyout_value(to_timespec(now), args.address(1)));
}

SyscallResult sys_clock_getres50(const Args& args) {
  FARCALL_TRY(read_clock(args.integer(0)));
  if (args.address(1) == 0) return Returned();
  return done(copyout_value(to_timespec(1), args.address(1)));
}

SyscallResult sys_gettimeofday50(const Args& args) {
  Nanoseconds now = realtime_now();
  netbsd::timeval time{};
  time.tv_sec = now / kSecond;
  time.tv_usec = static_cast<int>(now % kSecond / 1000);
  if (args.address(0) != 0) FARCALL_TRY(copyout_value(time, args.address(0)));
  constexpr int kNoTimezone[2] = {0, 0};
  if (args.address(1) == 0) return Returned();
  return done(copyout(kNoTimezone, args.address(1), sizeof kNoTimezone));
}

SyscallResult sys_nanosleep50(const Args& args) {
  FARCALL_ASSIGN(auto wait, wait_argument(args.address(0)));
  return sleep_for(wait, args.address(1));
}

// It returns its error as its result, as POSIX has it, and as NetBSD's call does.
SyscallResult sys_clock_nanosleep(const Args& args) {
  auto now = read_clock(args.integer(0));
  if (!now.ok()) return Returned(now.code());
  auto wait = wait_argument(args.address(2));
  if (!wait.ok()) return Returned(wait.code());
  bool absolute = (args.integer(1) & NB_TIMER_ABSTIME) != 0;
  if (absolute) return Returned(sleep_for(std::max<Nanoseconds>(*wait - *now, 0), 0).code());
  return Returned(sleep_for(*wait, args.address(3)).code());
}

}  // namespace farcall::kernel
