// Clocks and sleeping.
#include "kernel_testing.h"

namespace farcall::testing {
namespace {

class TimeTest : public KernelTest {
 protected:
  static netbsd::timespec now(int clock) {
    netbsd::timespec time{};
    EXPECT_THAT(call(NB_SYS_clock_gettime50, clock, &time), Succeeds());
    return time;
  }
  static double seconds(const netbsd::timespec& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }
};

TEST_F(TimeTest, ClocksAgreeWithEachOther) {
  netbsd::timeval day{};
  EXPECT_THAT(call(NB_SYS_gettimeofday50, &day, nullptr), Succeeds());
  EXPECT_NEAR(seconds(now(NB_CLOCK_REALTIME)), static_cast<double>(day.tv_sec), 5);
  double earlier = seconds(now(NB_CLOCK_MONOTONIC));
  EXPECT_LE(earlier, seconds(now(NB_CLOCK_MONOTONIC)));
  netbsd::timespec resolution{};
  EXPECT_THAT(call(NB_SYS_clock_getres50, NB_CLOCK_MONOTONIC, &resolution), Succeeds());
  EXPECT_EQ(resolution.tv_nsec, 1);
  EXPECT_THAT(call(NB_SYS_clock_gettime50, 77, &resolution), FailsWith(NB_EINVAL));
}

TEST_F(TimeTest, NanosleepLastsAtLeastSoLong) {
  double before = seconds(now(NB_CLOCK_MONOTONIC));
  netbsd::timespec wait{0, 3'000'000};
  EXPECT_THAT(call(NB_SYS_nanosleep50, &wait, nullptr), Succeeds());
  EXPECT_GE(seconds(now(NB_CLOCK_MONOTONIC)) - before, 0.003);
}

TEST_F(TimeTest, AnInterruptedNanosleepSaysWhatRemains) {
  netbsd::timespec wait{1000, 0}, remaining{};
  Caller sleeper(pid(), [&] { return call(NB_SYS_nanosleep50, &wait, &remaining); });
  sleeper.wait_until_asleep();
  sleeper.interrupt();
  EXPECT_THAT(sleeper.result(), FailsWith(NB_EINTR));
  EXPECT_GT(remaining.tv_sec, 900);
  EXPECT_LT(remaining.tv_sec, 1000);
}

TEST_F(TimeTest, BadTimesAreRefused) {
  netbsd::timespec bad{0, 1'000'000'000}, negative{-1, 0};
  EXPECT_THAT(call(NB_SYS_nanosleep50, &bad, nullptr), FailsWith(NB_EINVAL));
  EXPECT_THAT(call(NB_SYS_nanosleep50, &negative, nullptr), FailsWith(NB_EINVAL));
}

TEST_F(TimeTest, ASleepWithoutEndDoesNotOverflow) {
  netbsd::timespec forever{INT64_MAX, 0};
  Caller sleeper(pid(), [&] { return call(NB_SYS_nanosleep50, &forever, nullptr); });
  sleeper.wait_until_asleep();
  sleeper.interrupt();
  EXPECT_THAT(sleeper.result(), FailsWith(NB_EINTR));
}

TEST_F(TimeTest, ClockNanosleepReturnsItsError) {
  netbsd::timespec past = now(NB_CLOCK_MONOTONIC);
  EXPECT_THAT(call(NB_SYS_clock_nanosleep, NB_CLOCK_MONOTONIC, NB_TIMER_ABSTIME, &past, nullptr),
              Returns(0));
  EXPECT_THAT(call(NB_SYS_clock_nanosleep, 77, 0, &past, nullptr), Returns(NB_EINVAL));
}

}  // namespace
}  // namespace farcall::testing
