// Clocks.
#include <pthread.h>

#include <chrono>
#include <csignal>
#include <ctime>

#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

constexpr long kMillisecond = 1'000'000;
using Nanoseconds = std::chrono::nanoseconds;

class Clock : public HypercallTest {
 protected:
  static Nanoseconds now(int clock) {
    int64_t sec = 0;
    long nsec = 0;
    EXPECT_EQ(rumpuser_clock_gettime(clock, &sec, &nsec), 0);
    return std::chrono::seconds(sec) + Nanoseconds(nsec);
  }
  static int sleep(int clock, Nanoseconds time) {
    const auto sec = std::chrono::duration_cast<std::chrono::seconds>(time);
    return in_kernel(
        [&] { return rumpuser_clock_sleep(clock, sec.count(), (time - sec).count()); });
  }
};

TEST_F(Clock, WallIsTheTimeOfDay) {
  const std::time_t before = std::time(nullptr);
  const auto wall = std::chrono::duration_cast<std::chrono::seconds>(now(RUMPUSER_CLOCK_RELWALL));
  EXPECT_GE(wall.count(), before);
  EXPECT_LE(wall.count(), std::time(nullptr) + 1);
}

TEST_F(Clock, MonotonicDoesNotGoBack) {
  const Nanoseconds first = now(RUMPUSER_CLOCK_ABSMONO);
  EXPECT_GE(now(RUMPUSER_CLOCK_ABSMONO), first);
}

TEST_F(Clock, RelativeSleepLastsAsLongAsAsked) {
  const Nanoseconds begin = now(RUMPUSER_CLOCK_ABSMONO);
  EXPECT_EQ(sleep(RUMPUSER_CLOCK_RELWALL, Nanoseconds(10 * kMillisecond)), 0);
  EXPECT_GE(now(RUMPUSER_CLOCK_ABSMONO) - begin, Nanoseconds(10 * kMillisecond));
}

TEST_F(Clock, AbsoluteSleepLastsUntilThen) {
  const Nanoseconds end = now(RUMPUSER_CLOCK_ABSMONO) + Nanoseconds(10 * kMillisecond);
  EXPECT_EQ(sleep(RUMPUSER_CLOCK_ABSMONO, end), 0);
  EXPECT_GE(now(RUMPUSER_CLOCK_ABSMONO), end);
  EXPECT_EQ(sleep(RUMPUSER_CLOCK_ABSMONO, end), 0) << "a time that has passed";
}

TEST_F(Clock, SleepGivesUpTheCpu) {
  EXPECT_EQ(releases_in([] { rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 1); }), 1);
}

TEST_F(Clock, SleepIsNotEndedBySignals) {
  static volatile std::sig_atomic_t handled = 0;
  struct sigaction action = {};
  action.sa_handler = [](int) { handled = 1; };
  struct sigaction old;
  ASSERT_EQ(::sigaction(SIGUSR1, &action, &old), 0);
  const int before = kernel_.releases();
  const Nanoseconds begin = now(RUMPUSER_CLOCK_ABSMONO);
  std::thread sleeper(
      [] { EXPECT_EQ(sleep(RUMPUSER_CLOCK_RELWALL, Nanoseconds(50 * kMillisecond)), 0); });
  kernel_.await_releases(before + 1);
  ASSERT_EQ(::pthread_kill(sleeper.native_handle(), SIGUSR1), 0);
  sleeper.join();
  EXPECT_EQ(handled, 1);
  EXPECT_GE(now(RUMPUSER_CLOCK_ABSMONO) - begin, Nanoseconds(50 * kMillisecond));
  ::sigaction(SIGUSR1, &old, nullptr);
}

TEST_F(Clock, RefusesNonsense) {
  int64_t sec = 0;
  long nsec = 0;
  EXPECT_EQ(rumpuser_clock_gettime(7, &sec, &nsec), NB_EINVAL);
  EXPECT_EQ(in_kernel([] { return rumpuser_clock_sleep(7, 0, 0); }), NB_EINVAL);
  EXPECT_EQ(in_kernel([] { return rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, -1); }),
            NB_EINVAL);
  EXPECT_EQ(
      in_kernel([] { return rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 1'000'000'000); }),
      NB_EINVAL);
}

}  // namespace
}  // namespace farcall::test
