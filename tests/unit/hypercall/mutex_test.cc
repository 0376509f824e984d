// Mutexes.
#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

class Mutex : public HypercallTest, public ::testing::WithParamInterface<int> {
 protected:
  Mutex() { rumpuser_mutex_init(&mutex_, GetParam()); }
  ~Mutex() override { rumpuser_mutex_destroy(mutex_); }

  rumpuser_mtx* mutex_ = nullptr;
};

TEST_P(Mutex, KeepsTheCpuWhenFree) {
  EXPECT_EQ(releases_in([&] {
              rumpuser_mutex_enter(mutex_);
              rumpuser_mutex_exit(mutex_);
            }),
            0);
}

// Without a CPU, as kernels take their scheduler's: who holds a spin mutex must not wait for a CPU.
TEST_P(Mutex, CannotBeTriedByAnotherWhileHeld) {
  rumpuser_mutex_enter_nowrap(mutex_);
  std::thread([&] { EXPECT_EQ(rumpuser_mutex_tryenter(mutex_), NB_EBUSY); }).join();
  rumpuser_mutex_exit(mutex_);
  EXPECT_EQ(rumpuser_mutex_tryenter(mutex_), 0);
  rumpuser_mutex_exit(mutex_);
}

TEST_P(Mutex, TakenByManyThreadsCountsRight) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 2000;
  int count = 0;
  auto body = [&] {
    for (int i = 0; i < kRounds; ++i) {
      rumpuser_mutex_enter_nowrap(mutex_);
      ++count;
      rumpuser_mutex_exit(mutex_);
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(body);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, kThreads * kRounds);
}

INSTANTIATE_TEST_SUITE_P(AllKinds, Mutex,
                         ::testing::Values(RUMPUSER_MTX_SPIN, RUMPUSER_MTX_KMUTEX,
                                           RUMPUSER_MTX_SPIN | RUMPUSER_MTX_KMUTEX));

class KernelMutex : public HypercallTest {
 protected:
  KernelMutex() { rumpuser_mutex_init(&mutex_, RUMPUSER_MTX_KMUTEX); }
  ~KernelMutex() override { rumpuser_mutex_destroy(mutex_); }
  lwp* owner() {
    lwp* found = nullptr;
    rumpuser_mutex_owner(mutex_, &found);
    return found;
  }

  rumpuser_mtx* mutex_ = nullptr;
};

TEST_F(KernelMutex, ContendedGivesUpTheCpu) {
  in_kernel([&] { rumpuser_mutex_enter(mutex_); });
  const int before = kernel_.releases();
  int releases = 0;
  std::thread contender([&] {
    releases = releases_in([&] {
      rumpuser_mutex_enter(mutex_);
      rumpuser_mutex_exit(mutex_);
    });
  });
  kernel_.await_releases(before + 1);
  in_kernel(
      [&] { rumpuser_mutex_exit(mutex_); });  // could not be called if the contender kept the CPU
  contender.join();
  EXPECT_EQ(releases, 1);
}

TEST_F(KernelMutex, KnowsItsOwner) {
  AsLwp self(1);
  EXPECT_EQ(owner(), nullptr);
  rumpuser_mutex_enter(mutex_);
  EXPECT_EQ(owner(), fake_lwp(1));
  rumpuser_mutex_exit(mutex_);
  EXPECT_EQ(owner(), nullptr);
  ASSERT_EQ(rumpuser_mutex_tryenter(mutex_), 0);
  EXPECT_EQ(owner(), fake_lwp(1));
  rumpuser_mutex_exit(mutex_);
}

TEST_F(HypercallTest, ContendedSpinMutexKeepsTheCpu) {
  rumpuser_mtx* mutex = nullptr;
  rumpuser_mutex_init(&mutex, RUMPUSER_MTX_SPIN);
  rumpuser_mutex_enter(mutex);
  std::binary_semaphore about_to_enter(0);
  int releases = -1;
  std::thread contender([&] {
    releases = releases_in([&] {
      about_to_enter.release();
      rumpuser_mutex_enter(mutex);
      rumpuser_mutex_exit(mutex);
    });
  });
  about_to_enter.acquire();
  rumpuser_mutex_exit(mutex);
  contender.join();
  EXPECT_EQ(releases, 0);
  rumpuser_mutex_destroy(mutex);
}

TEST(MutexDeathTest, HasNoOwnerToTellWithoutKmutex) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  rumpuser_mtx* mutex = nullptr;
  rumpuser_mutex_init(&mutex, RUMPUSER_MTX_SPIN);
  lwp* owner = nullptr;
  EXPECT_DEATH(rumpuser_mutex_owner(mutex, &owner), "RUMPUSER_MTX_KMUTEX");
  rumpuser_mutex_destroy(mutex);
}

}  // namespace
}  // namespace farcall::test
