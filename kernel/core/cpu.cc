#include "kernel/core/cpu.h"

#include "kernel/core/lwproc.h"
#include "kernel/core/proc.h"

namespace farcall::kernel {
namespace {

constexpr Nanoseconds kSecond = 1'000'000'000;

rumpuser_mtx* cpu_mutex;
Lwp* current;  // who holds the CPU, so it needs no look-up per thread

Nanoseconds clock(int which) {
  std::int64_t seconds = 0;
  long nanoseconds = 0;
  rumpuser_clock_gettime(which, &seconds, &nanoseconds);
  return seconds * kSecond + nanoseconds;
}

}  // namespace

Nanoseconds monotonic_now() { return clock(RUMPUSER_CLOCK_ABSMONO); }
Nanoseconds realtime_now() { return clock(RUMPUSER_CLOCK_RELWALL); }

// A spin mutex of the host enters without the upcalls, which would come back here.
void cpu_init() { rumpuser_mutex_init(&cpu_mutex, RUMPUSER_MTX_SPIN); }

void cpu_acquire() {
  rumpuser_mutex_enter_nowrap(cpu_mutex);
  current = lwp_of_this_thread();
}

void cpu_release() {
  current = nullptr;
  rumpuser_mutex_exit(cpu_mutex);
}

void cpu_backend_unschedule(int, int* nlocks, void* interlock) {
  if (nlocks != nullptr) *nlocks = 0;
  if (interlock != cpu_mutex) cpu_release();
}

void cpu_backend_schedule(int, void* interlock) {
  if (interlock != cpu_mutex) cpu_acquire();
}

void cpu_set_current(Lwp* lwp) { current = lwp; }

void cpu_wait(rumpuser_cv* cv, std::optional<Nanoseconds> limit) {
  Lwp* self = current;
  if (limit) {
    rumpuser_cv_timedwait(cv, cpu_mutex, *limit / kSecond, *limit % kSecond);
  } else {
    rumpuser_cv_wait(cv, cpu_mutex);
  }
  current = self;
}

Lwp& current_lwp() { return *current; }
Process& current_process() { return *current->process; }

}  // namespace farcall::kernel
