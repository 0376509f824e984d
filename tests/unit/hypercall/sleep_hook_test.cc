// The hook that runs before a hypercall of a thread sleeps.
#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

/// Counts the sleeps of this thread for as long as it lives.
class CountSleeps {
 public:
  CountSleeps() { farcall_hypercall_set_sleep_hook(hook, this); }
  ~CountSleeps() { farcall_hypercall_set_sleep_hook(nullptr, nullptr); }
  CountSleeps(const CountSleeps&) = delete;
  CountSleeps& operator=(const CountSleeps&) = delete;

  int count = 0;

 private:
  static void hook(void* self) {
    EXPECT_FALSE(FakeKernel::this_thread_has_cpu());
    ++static_cast<CountSleeps*>(self)->count;
  }
};

class SleepHook : public HypercallTest {
 protected:
  SleepHook() {
    rumpuser_cv_init(&cv_);
    rumpuser_mutex_init(&mutex_, RUMPUSER_MTX_KMUTEX);
  }
  ~SleepHook() override {
    rumpuser_cv_destroy(cv_);
    rumpuser_mutex_destroy(mutex_);
  }
  void wait_shortly() {
    in_kernel([&] {
      rumpuser_mutex_enter(mutex_);
      EXPECT_EQ(rumpuser_cv_timedwait(cv_, mutex_, 0, 0), NB_ETIMEDOUT);
      rumpuser_mutex_exit(mutex_);
    });
  }

  rumpuser_cv* cv_ = nullptr;
  rumpuser_mtx* mutex_ = nullptr;
};

TEST_F(SleepHook, RunsBeforeSleepsWithoutTheCpu) {
  CountSleeps sleeps;
  wait_shortly();
  EXPECT_EQ(sleeps.count, 1);
  in_kernel([] { rumpuser_clock_sleep(RUMPUSER_CLOCK_RELWALL, 0, 0); });
  EXPECT_EQ(sleeps.count, 2);
  in_kernel([] { rumpuser_syncfd(0, RUMPUSER_SYNCFD_READ, 0, 0); });
  EXPECT_EQ(sleeps.count, 3);
}

TEST_F(SleepHook, DoesNotRunForMutexes) {
  CountSleeps sleeps;
  in_kernel([&] {
    rumpuser_mutex_enter(mutex_);
    rumpuser_mutex_exit(mutex_);
  });
  EXPECT_EQ(sleeps.count, 0);
}

TEST_F(SleepHook, IsOfItsThread) {
  CountSleeps sleeps;
  std::thread([&] { wait_shortly(); }).join();
  EXPECT_EQ(sleeps.count, 0);
}

TEST_F(SleepHook, CanBeTakenAway) {
  CountSleeps sleeps;
  farcall_hypercall_set_sleep_hook(nullptr, nullptr);
  wait_shortly();
  EXPECT_EQ(sleeps.count, 0);
}

}  // namespace
}  // namespace farcall::test
