// The built-in kernel in this process, and its CPU.
#pragma once

#include "rump/rumpuser.h"

namespace farcall::bench {

/// The kernel, started by the first call; its upcalls. The calling thread has an lwp of a process
/// of its own from then on.
const rumpuser_hyperup& kernel();

/// This thread has the kernel's CPU for as long as the object lives, as every hypercall is entered.
class WithCpu {
 public:
  WithCpu() { kernel().hyp_schedule(); }
  ~WithCpu() { kernel().hyp_unschedule(); }
  WithCpu(const WithCpu&) = delete;
  WithCpu& operator=(const WithCpu&) = delete;
};

}  // namespace farcall::bench
