// Condition variables.
#include <chrono>
#include <vector>

#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

using Clock = std::chrono::steady_clock;

class CondVar : public HypercallTest, public ::testing::WithParamInterface<int> {
 protected:
  CondVar() {
    rumpuser_cv_init(&cv_);
    rumpuser_mutex_init(&mutex_, GetParam());
  }
  ~CondVar() override {
    rumpuser_cv_destroy(cv_);
    rumpuser_mutex_destroy(mutex_);
  }

  int waiters() {
    int count = -1;
    rumpuser_cv_has_waiters(cv_, &count);
    return count;
  }
  /// Starts a thread that waits until `go_`, and returns when it sleeps or is about to: it is
  /// counted, and has let the mutex go. (A release of the CPU says nothing: a mutex that is held
  /// makes the thread give up the CPU before it comes to wait.)
  std::thread waiter() {
    const int before = waiters();
    std::thread thread([this] {
      WithCpu cpu;
      rumpuser_mutex_enter(mutex_);
      while (!go_) rumpuser_cv_wait(cv_, mutex_);
      ++woken_;
      rumpuser_mutex_exit(mutex_);
    });
    while (waiters() == before) std::this_thread::yield();
    rumpuser_mutex_enter_nowrap(mutex_);
    rumpuser_mutex_exit(mutex_);
    return thread;
  }
  void set_go(void (*wake)(rumpuser_cv*)) {
    WithCpu cpu;
    rumpuser_mutex_enter(mutex_);
    go_ = true;
    wake(cv_);
    rumpuser_mutex_exit(mutex_);
  }

  rumpuser_cv* cv_ = nullptr;
  rumpuser_mtx* mutex_ = nullptr;
  bool go_ = false;
  int woken_ = 0;
};

TEST_P(CondVar, WaitEndsBySignal) {
  std::thread thread = waiter();
  EXPECT_EQ(waiters(), 1);
  set_go(rumpuser_cv_signal);
  thread.join();
  EXPECT_EQ(woken_, 1);
  EXPECT_EQ(waiters(), 0);
}

TEST_P(CondVar, BroadcastEndsAllWaits) {
  constexpr int kThreads = 5;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) threads.push_back(waiter());
  EXPECT_EQ(waiters(), kThreads);
  set_go(rumpuser_cv_broadcast);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(woken_, kThreads);
}

TEST_P(CondVar, MutexIsTheInterlock) {
  std::thread thread = waiter();
  EXPECT_EQ(kernel_.last_interlock(), mutex_);
  set_go(rumpuser_cv_signal);
  thread.join();
}

TEST_P(CondVar, TimedWaitEndsByTime) {
  const auto begin = Clock::now();
  WithCpu cpu;
  rumpuser_mutex_enter(mutex_);
  EXPECT_EQ(rumpuser_cv_timedwait(cv_, mutex_, 0, 20'000'000), NB_ETIMEDOUT);
  EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds(20));
  EXPECT_EQ(rumpuser_cv_timedwait(cv_, mutex_, -5, 0), NB_ETIMEDOUT);
  EXPECT_EQ(rumpuser_cv_timedwait(cv_, mutex_, 0, 0), NB_ETIMEDOUT);
  rumpuser_mutex_exit(mutex_);
  EXPECT_EQ(waiters(), 0);
}

TEST_P(CondVar, TimedWaitEndsBySignal) {
  const int before = kernel_.releases();
  int result = -1;
  std::thread thread([&] {
    WithCpu cpu;
    rumpuser_mutex_enter(mutex_);
    // As long as the type can say: the host cannot, and must not take it for a time in the past.
    while (!go_) result = rumpuser_cv_timedwait(cv_, mutex_, INT64_MAX, INT64_MAX);
    rumpuser_mutex_exit(mutex_);
  });
  kernel_.await_releases(before + 1);
  set_go(rumpuser_cv_signal);
  thread.join();
  EXPECT_EQ(result, 0);
}

TEST_P(CondVar, NoSignalIsLost) {
  constexpr int kRounds = 5000;
  int turn = 0;
  auto body = [&](int parity) {
    WithCpu cpu;
    for (int i = 0; i < kRounds; ++i) {
      rumpuser_mutex_enter(mutex_);
      while (turn % 2 != parity) rumpuser_cv_wait(cv_, mutex_);
      ++turn;
      rumpuser_cv_signal(cv_);
      rumpuser_mutex_exit(mutex_);
    }
  };
  std::thread even(body, 0);
  std::thread odd(body, 1);
  even.join();
  odd.join();
  EXPECT_EQ(turn, 2 * kRounds);
}

TEST_P(CondVar, NowrapKeepsTheCpu) {
  std::thread thread([&] {
    AsLwp self(1);
    EXPECT_EQ(releases_in([&] {
                rumpuser_mutex_enter(mutex_);
                while (!go_) rumpuser_cv_wait_nowrap(cv_, mutex_);
                rumpuser_mutex_exit(mutex_);
              }),
              0);
  });
  while (waiters() == 0) std::this_thread::yield();
  rumpuser_mutex_enter_nowrap(mutex_);
  go_ = true;
  rumpuser_cv_signal(cv_);
  rumpuser_mutex_exit(mutex_);
  thread.join();
}

TEST_P(CondVar, OwnerIsTheLwpAgainAfterAWait) {
  AsLwp self(1);
  WithCpu cpu;
  rumpuser_mutex_enter(mutex_);
  EXPECT_EQ(rumpuser_cv_timedwait(cv_, mutex_, 0, 0), NB_ETIMEDOUT);
  lwp* owner = nullptr;
  rumpuser_mutex_owner(mutex_, &owner);
  EXPECT_EQ(owner, fake_lwp(1));
  rumpuser_mutex_exit(mutex_);
}

INSTANTIATE_TEST_SUITE_P(KernelMutexes, CondVar,
                         ::testing::Values(RUMPUSER_MTX_KMUTEX,
                                           RUMPUSER_MTX_SPIN | RUMPUSER_MTX_KMUTEX));

class RetakeOrder : public CondVar {};

// Who else wants the mutex may hold the CPU. With a mutex that spins it does not give it up for
// that.
TEST_P(RetakeOrder, IsTheInterfaces) {
  const bool cpu_first = GetParam() == (RUMPUSER_MTX_SPIN | RUMPUSER_MTX_KMUTEX);
  bool mutex_was_free = false;
  kernel_.before_retake = [&](void* interlock) {
    if (interlock != mutex_) return;
    std::thread([&] {
      mutex_was_free = rumpuser_mutex_tryenter(mutex_) == 0;
      if (mutex_was_free) rumpuser_mutex_exit(mutex_);
    }).join();
  };
  // A mutex is entered in that order, too.
  if (!cpu_first) rumpuser_mutex_enter_nowrap(mutex_);
  in_kernel([&] {
    if (cpu_first) rumpuser_mutex_enter(mutex_);
    EXPECT_EQ(rumpuser_cv_timedwait(cv_, mutex_, 0, 0), NB_ETIMEDOUT);
    rumpuser_mutex_exit(mutex_);
  });
  kernel_.before_retake = nullptr;
  EXPECT_EQ(mutex_was_free, cpu_first);
}

INSTANTIATE_TEST_SUITE_P(AllMutexes, RetakeOrder,
                         ::testing::Values(RUMPUSER_MTX_SPIN, RUMPUSER_MTX_KMUTEX,
                                           RUMPUSER_MTX_SPIN | RUMPUSER_MTX_KMUTEX));

TEST_F(HypercallTest, MutexThatIsTheCpuCanBeWaitedWith) {
  rumpuser_cv* cv = nullptr;
  rumpuser_mtx* cpu = nullptr;
  rumpuser_cv_init(&cv);
  rumpuser_mutex_init(&cpu, RUMPUSER_MTX_SPIN);
  kernel_.cpu_mutex = cpu;
  constexpr int kRounds = 5000;
  int turn = 0;
  auto body = [&](int parity) {
    for (int i = 0; i < kRounds; ++i) {
      rumpuser_mutex_enter_nowrap(cpu);
      while (turn % 2 != parity) rumpuser_cv_wait(cv, cpu);
      ++turn;
      rumpuser_cv_broadcast(cv);
      rumpuser_mutex_exit(cpu);
    }
  };
  std::thread even(body, 0);
  std::thread odd(body, 1);
  even.join();
  odd.join();
  EXPECT_EQ(turn, 2 * kRounds);
  kernel_.cpu_mutex = nullptr;
  rumpuser_cv_destroy(cv);
  rumpuser_mutex_destroy(cpu);
}

}  // namespace
}  // namespace farcall::test
