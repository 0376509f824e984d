// A kernel with one CPU and nothing to run on it: its upcalls check that hypercalls give the CPU up
// and take it back.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <semaphore>
#include <thread>
#include <utility>

#include "farcall/hypercall.h"

namespace farcall::test {

class FakeKernel {
 public:
  /// The one that rumpuser_init was given; the first call does that.
  static FakeKernel& get();

  /// How often this thread gave the CPU up inside a hypercall.
  static int releases_of_this_thread();
  static bool this_thread_has_cpu();

  void take_cpu();
  void give_up_cpu();

  /// The same over all threads, and waiting until it is so many.
  int releases();
  void await_releases(int count);

  /// Called in each hyp_backend_schedule with the interlock, before the CPU is taken. For one test
  /// at a time.
  std::function<void(void* interlock)> before_retake;
  /// A mutex that is the CPU, as in the built-in kernel: waiting with it gives up the CPU.
  std::atomic<void*> cpu_mutex = nullptr;
  /// The interlock that the last hyp_backend_unschedule was given.
  void* last_interlock();

  static rumpuser_hyperup upcalls();

 private:
  static void backend_unschedule(int keep, int* nlocks, void* interlock);
  static void backend_schedule(int nlocks, void* interlock);

  std::mutex cpu_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int releases_ = 0;
  void* interlock_ = nullptr;
};

/// This thread has the CPU for as long as the object lives, as every hypercall is entered.
class WithCpu {
 public:
  WithCpu() { FakeKernel::get().take_cpu(); }
  ~WithCpu() { FakeKernel::get().give_up_cpu(); }
  WithCpu(const WithCpu&) = delete;
  WithCpu& operator=(const WithCpu&) = delete;
};

/// The result of a hypercall made by a thread with the CPU.
template <class Call>
auto in_kernel(Call&& call) {
  WithCpu cpu;
  return std::forward<Call>(call)();
}

/// How often `call`, made with the CPU, gave it up; it must have it again at its end.
template <class Call>
int releases_in(Call&& call) {
  WithCpu cpu;
  const int before = FakeKernel::releases_of_this_thread();
  std::forward<Call>(call)();
  EXPECT_TRUE(FakeKernel::this_thread_has_cpu());
  return FakeKernel::releases_of_this_thread() - before;
}

/// Has rumpuser_init behind it.
class HypercallTest : public ::testing::Test {
 protected:
  FakeKernel& kernel_ = FakeKernel::get();
};

/// Some address to stand for an lwp.
lwp* fake_lwp(int number);

/// Makes `number` the current lwp of this thread for as long as the object lives.
class AsLwp {
 public:
  explicit AsLwp(int number) : lwp_(fake_lwp(number)) { rumpuser_curlwpop(RUMPUSER_LWP_SET, lwp_); }
  ~AsLwp() { rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, lwp_); }
  AsLwp(const AsLwp&) = delete;
  AsLwp& operator=(const AsLwp&) = delete;

 private:
  lwp* lwp_;
};

}  // namespace farcall::test
