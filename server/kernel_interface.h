// The kernel as the server sees it: its upcalls, and the one thing that the server asks of
// librumpuser while a system call runs. A test puts a kernel of its own here.
#pragma once

#include "farcall/hypercall.h"
#include "rump/rumpuser.h"

namespace farcall::server {

struct KernelInterface {
  /// rumpuser_hyperup of the kernel; stays valid.
  const rumpuser_hyperup* up = nullptr;
  /// farcall_hypercall_set_sleep_hook: for the calling thread.
  void (*set_sleep_hook)(void (*hook)(void*), void* arg) = nullptr;
};

/// Whether interrupt_lwp does anything.
inline bool can_interrupt_lwps(const KernelInterface& kernel) {
  return kernel.up->hyp__extra[0] != nullptr;
}

/// Whether the kernel sends from memory that it borrows.
inline bool borrows(const KernelInterface& kernel) {
  return kernel.up->hyp__extra[FARCALL_EXTRA_BORROWS] != nullptr;
}

/// What `target` executes, or executes next, ends with EINTR when it sleeps. With the CPU held.
inline void interrupt_lwp(const KernelInterface& kernel, lwp* target) {
  const auto interrupt = reinterpret_cast<farcall_lwp_interrupt_fn>(kernel.up->hyp__extra[0]);
  if (interrupt != nullptr) interrupt(target);
}

/// Holds a CPU of the kernel for the calling thread. Without an lwp bound to the thread the kernel
/// lends one of its own. Taking the CPU sleeps until it is free.
class CpuScope {
 public:
  explicit CpuScope(const rumpuser_hyperup& up) : up_(up) { up_.hyp_schedule(); }
  ~CpuScope() { up_.hyp_unschedule(); }
  CpuScope(const CpuScope&) = delete;
  CpuScope& operator=(const CpuScope&) = delete;

 private:
  const rumpuser_hyperup& up_;
};

}  // namespace farcall::server
