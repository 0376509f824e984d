// Two threads hold a CPU of NetBSD's kernel each, at the same time: neither gives its own up before
// the other has one, too. On a kernel with one CPU that would never come about.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "own_kernel.h"
#include "rump/rumpuser.h"

namespace farcall::netbsd_own {
namespace {

using std::chrono::steady_clock;

/// How long one waits for the other: the kernel may have chosen the same CPU for both.
constexpr auto kPatience = std::chrono::seconds(1);
constexpr auto kDeadline = std::chrono::seconds(60);

std::atomic<int> holding = 0;
std::atomic<bool> were_two = false;

template <class Function>
Function* take(const char* symbol) {
  return reinterpret_cast<Function*>(function_of_kernel(symbol));
}

void hold_a_cpu_for_a_while() {
  const auto end = steady_clock::now() + kPatience;
  if (holding.fetch_add(1) == 1) were_two = true;
  while (!were_two && steady_clock::now() < end) std::this_thread::yield();
  holding.fetch_sub(1);
}

void work() {
  if (take<int(int)>("rump_pub_lwproc_rfork")(RUMP_RFCFDG) != 0) std::abort();
  const auto end = steady_clock::now() + kDeadline;
  while (!were_two && steady_clock::now() < end) {
    take<void()>("rump_schedule")();
    hold_a_cpu_for_a_while();
    take<void()>("rump_unschedule")();
  }
  take<void()>("rump_pub_lwproc_releaselwp")();
}

int run() {
  setenv("RUMP_NCPU", "2", 1);
  if (!start_kernel("rump")) return EXIT_FAILURE;
  std::thread other(work);
  work();
  other.join();
  if (were_two) return EXIT_SUCCESS;
  std::fputs("the kernel's CPUs were not held at the same time\n", stderr);
  return EXIT_FAILURE;
}

}  // namespace
}  // namespace farcall::netbsd_own

// The kernel's threads run on, so nothing is taken down.
int main() { _Exit(farcall::netbsd_own::run()); }
