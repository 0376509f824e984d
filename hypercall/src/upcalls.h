// The kernel's upcalls, and giving up its CPU around what may block.
#pragma once

#include <utility>

#include "rump/rumpuser.h"

namespace farcall::hypercall {

/// What rumpuser_init was given. Written once, before the kernel has any second thread.
extern rumpuser_hyperup upcalls;

/// Gives the CPU up for the life of the object. Destroying it takes the CPU back, which may block
/// and changes the host's errno: save that first.
class WithoutCpu {
 public:
  WithoutCpu() { upcalls.hyp_backend_unschedule(0, &nlocks_, nullptr); }
  ~WithoutCpu() { upcalls.hyp_backend_schedule(nlocks_, nullptr); }
  WithoutCpu(const WithoutCpu&) = delete;
  WithoutCpu& operator=(const WithoutCpu&) = delete;

 private:
  int nlocks_ = 0;
};

/// Runs the sleep hook of this thread, if it has one (farcall_hypercall_set_sleep_hook).
void about_to_sleep();

/// The result of `call()`, made without the CPU. It must not return by way of errno.
template <class Call>
auto without_cpu(Call&& call) {
  WithoutCpu released;
  return std::forward<Call>(call)();
}

/// The same for calls that may take long.
template <class Call>
auto sleeping(Call&& call) {
  WithoutCpu released;
  about_to_sleep();
  return std::forward<Call>(call)();
}

/// The result of `call()`, made with a CPU, in a thread that has none.
template <class Call>
auto with_cpu(Call&& call) {
  struct Cpu {
    Cpu() { upcalls.hyp_schedule(); }
    ~Cpu() { upcalls.hyp_unschedule(); }
  } cpu;
  return std::forward<Call>(call)();
}

/// Gives a thread of the library's own an lwp of the kernel's process 0, for as long as the thread
/// lives.
void adopt_kernel_lwp();

}  // namespace farcall::hypercall
