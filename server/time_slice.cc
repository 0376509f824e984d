#include "server/time_slice.h"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace farcall::server {
namespace {

constexpr std::uint64_t kShortest = 100'000;  // ns; the host takes less as this

}  // namespace

void run_when_woken() {
  sched_attr attributes{};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) == -1) return;
  // Threads that this one starts would lose a negative nice value together with the slices.
  if (attributes.sched_policy != SCHED_NORMAL || attributes.sched_nice < 0) return;
  attributes.sched_flags |= SCHED_FLAG_RESET_ON_FORK;
  attributes.sched_runtime = kShortest;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace farcall::server
