// Threads, and the lwps that they run.
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <thread>

#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

using Threads = HypercallTest;

/// Starts `body(arg)`; the cookie for joining.
void* start(void* (*body)(void*), void* arg, const char* name, int cpu = -1) {
  void* cookie = nullptr;
  EXPECT_EQ(in_kernel([&] { return rumpuser_thread_create(body, arg, name, 1, 0, cpu, &cookie); }),
            0);
  return cookie;
}

int join(void* cookie) {
  return in_kernel([&] { return rumpuser_thread_join(cookie); });
}

TEST_F(Threads, JoinWaitsForTheEndWithoutTheCpu) {
  int value = 0;
  void* const cookie = start(
      [](void* arg) -> void* {
        WithCpu cpu;  // to be had only if the one that joins gave it up
        *static_cast<int*>(arg) = 42;
        return nullptr;
      },
      &value, "joined");
  EXPECT_EQ(releases_in([&] { EXPECT_EQ(rumpuser_thread_join(cookie), 0); }), 1);
  EXPECT_EQ(value, 42);
}

TEST_F(Threads, ExitEndsAThread) {
  bool after = false;
  EXPECT_EQ(join(start(
                [](void* arg) -> void* {
                  rumpuser_thread_exit();
                  *static_cast<bool*>(arg) = true;
                  return nullptr;
                },
                &after, "exits")),
            0);
  EXPECT_FALSE(after);
}

TEST_F(Threads, DetachedOnesRunToo) {
  std::binary_semaphore ran(0);
  EXPECT_EQ(in_kernel([&] {
              return rumpuser_thread_create(
                  [](void* arg) -> void* {
                    static_cast<std::binary_semaphore*>(arg)->release();
                    return nullptr;
                  },
                  &ran, nullptr, 0, 0, -1, nullptr);
            }),
            0);
  ran.acquire();
}

TEST_F(Threads, NameIsCutToWhatTheHostTakes) {
  std::array<char, 32> name = {};
  join(start(
      [](void* arg) -> void* {
        pthread_getname_np(pthread_self(), static_cast<char*>(arg), 32);
        return nullptr;
      },
      name.data(), "a name of more than fifteen characters"));
  EXPECT_EQ(std::string(name.data()), "a name of more ");
}

TEST_F(Threads, LeaveSignalsToTheProgram) {
  sigset_t blocked;
  join(start(
      [](void* arg) -> void* {
        pthread_sigmask(SIG_SETMASK, nullptr, static_cast<sigset_t*>(arg));
        return nullptr;
      },
      &blocked, "signals"));
  EXPECT_TRUE(sigismember(&blocked, SIGTERM));
  EXPECT_TRUE(sigismember(&blocked, SIGCHLD));
  EXPECT_FALSE(sigismember(&blocked, SIGSEGV));
}

TEST_F(Threads, BoundOnesRunOnOneCpuAndTooManyAreNoError) {
  for (const int cpu : {0, 100'000}) {
    int usable = 0;
    join(start(
        [](void* arg) -> void* {
          cpu_set_t set;
          pthread_getaffinity_np(pthread_self(), sizeof set, &set);
          *static_cast<int*>(arg) = CPU_COUNT(&set);
          return nullptr;
        },
        &usable, "bound", cpu));
    if (cpu == 0) {
      EXPECT_EQ(usable, 1);
    }
    EXPECT_GE(usable, 1);
  }
}

int cpus_of(pid_t of) {
  cpu_set_t set;
  sched_getaffinity(of, sizeof set, &set);
  return CPU_COUNT(&set);
}

TEST_F(Threads, UnboundOnesAreNotKeptWhereTheirMakerIs) {
  int usable = 0;
  std::thread([&] {
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(sched_getcpu(), &here);
    sched_setaffinity(0, sizeof here, &here);
    join(start(
        [](void* arg) -> void* {
          *static_cast<int*>(arg) = cpus_of(0);
          return nullptr;
        },
        &usable, "unbound"));
  }).join();
  EXPECT_EQ(usable, cpus_of(getpid()));
}

TEST_F(Threads, EachHasItsOwnLwp) {
  EXPECT_EQ(rumpuser_curlwp(), nullptr);
  rumpuser_curlwpop(RUMPUSER_LWP_CREATE, fake_lwp(1));
  rumpuser_curlwpop(RUMPUSER_LWP_SET, fake_lwp(1));
  EXPECT_EQ(rumpuser_curlwp(), fake_lwp(1));
  std::thread([] { EXPECT_EQ(rumpuser_curlwp(), nullptr); }).join();
  rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, fake_lwp(1));
  EXPECT_EQ(rumpuser_curlwp(), nullptr);
  rumpuser_curlwpop(RUMPUSER_LWP_DESTROY, fake_lwp(1));
}

}  // namespace
}  // namespace farcall::test
