// For the host halves of drivers.
#include <cstdint>

#include "errors.h"
#include "fatal.h"
#include "upcalls.h"

namespace farcall::hypercall {

void adopt_kernel_lwp() {
  if (with_cpu([] { return upcalls.hyp_lwproc_newlwp(0); }) != 0)
    fatal("the kernel has no lwp for a thread of its host");
}

}  // namespace farcall::hypercall

using namespace farcall::hypercall;

void* rumpuser_component_unschedule() {
  int nlocks = 0;
  upcalls.hyp_backend_unschedule(0, &nlocks, nullptr);
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(nlocks));
}

void rumpuser_component_schedule(void* cookie) {
  upcalls.hyp_backend_schedule(static_cast<int>(reinterpret_cast<std::intptr_t>(cookie)), nullptr);
}

void rumpuser_component_kthread() { adopt_kernel_lwp(); }

void rumpuser_component_kthread_release() { with_cpu(upcalls.hyp_lwproc_release); }

lwp* rumpuser_component_curlwp() { return with_cpu(upcalls.hyp_lwproc_curlwp); }

void rumpuser_component_switchlwp(lwp* l) {
  with_cpu([l] { upcalls.hyp_lwproc_switch(l); });
}

int rumpuser_component_errtrans(int error) { return errno_to_netbsd(error); }
