// The kernel's CPU, and how a thread sleeps without it.
//
// The built-in kernel has one virtual CPU. A thread runs kernel code only while it holds it, so
// kernel data needs no further locks: what runs between two sleeps is atomic to everyone else.
// Whatever may sleep says so; after it, check again what you knew. Copying from or to a client
// (Uio, copyin, copyout) may sleep.
#pragma once

#include <cstdint>
#include <optional>

#include "farcall/result.h"
#include "rump/rumpuser.h"

namespace farcall::kernel {

class Lwp;

/// Nanoseconds of the monotonic clock.
using Nanoseconds = std::int64_t;
Nanoseconds monotonic_now();
/// Nanoseconds since 1970.
Nanoseconds realtime_now();

/// A point on the monotonic clock at which a sleep ends; none: it does not end by itself.
using Deadline = std::optional<Nanoseconds>;

/// Makes the CPU's mutex. Called once, from rump_init.
void cpu_init();
/// Takes the CPU for this thread, sleeping until it is free; gives it up. The current lwp does not
/// change.
void cpu_acquire();
void cpu_release();
/// The upcalls of the same name (rumpuser_hyperup). When the interlock is the CPU's own mutex,
/// waiting with it is what gives the CPU up, and these do nothing.
void cpu_backend_unschedule(int keep, int* nlocks, void* interlock);
void cpu_backend_schedule(int nlocks, void* interlock);
/// Makes `lwp` the current one. With the CPU held.
void cpu_set_current(Lwp* lwp);
/// Sleeps on `cv`, giving up the CPU, for at most `limit` nanoseconds (none: without end). The
/// current lwp stays.
void cpu_wait(rumpuser_cv* cv, std::optional<Nanoseconds> limit);

/// Where lwps sleep until something happens. Each lwp sleeps on a condition variable of its own,
/// whose mutex is the CPU; the queue only lists them, so making one costs nothing.
class WaitQueue {
 public:
  WaitQueue() = default;
  ~WaitQueue();
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;

  /// Sleeps without the CPU until woken. Success may be spurious: check what you waited for and
  /// sleep again. Errors: NB_EINTR when the lwp was interrupted or its process must go,
  /// NB_EWOULDBLOCK when the deadline has come.
  [[nodiscard]] Result<void> sleep(Deadline deadline = std::nullopt);
  /// The same for kernel threads and for what must not be interrupted.
  void sleep_uninterruptible();
  void wake_all();

 private:
  friend class Lwp;
  void add(Lwp& lwp);
  void remove(Lwp& lwp);

  Lwp* first_ = nullptr;
};

/// Starts a thread of the kernel's own, which runs `body(arg)` with the CPU and an lwp of process
/// 0, and ends with it. The name is at most 15 characters.
void kthread_create(void (*body)(void*), void* arg, const char* name);

}  // namespace farcall::kernel
