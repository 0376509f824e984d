#include "kernel/core/upcalls.h"

#include "farcall/hypercall.h"
#include "kernel/core/console.h"
#include "kernel/core/lwproc.h"
#include "kernel/core/syscall.h"

namespace farcall::kernel {
namespace {

int upcall_rfork(void* client, int flags, const char* comm) {
  bool guest = current_process().pid == kInitPid && flags == RUMP_RFCFDG;
  Result<void> forked = process_fork(client, flags, comm);
  if (forked.ok() && guest) console_open_standard(*current_process().descriptors);
  return forked.code();
}

int upcall_newlwp(pid_t pid) { return process_new_lwp(pid).code(); }
void upcall_switch(lwp* next) { lwp_switch(from_hypercall(next)); }
lwp* upcall_curlwp() { return to_hypercall(lwp_current_or_none()); }
pid_t upcall_getpid() { return current_process().pid; }
void upcall_interrupt(lwp* target) { from_hypercall(target)->interrupt(); }

rumpuser_hyperup make_upcalls() {
  rumpuser_hyperup upcalls{};
  upcalls.hyp_schedule = lwp_schedule;
  upcalls.hyp_unschedule = lwp_unschedule;
  upcalls.hyp_backend_unschedule = cpu_backend_unschedule;
  upcalls.hyp_backend_schedule = cpu_backend_schedule;
  upcalls.hyp_lwproc_switch = upcall_switch;
  upcalls.hyp_lwproc_release = lwp_release;
  upcalls.hyp_lwproc_rfork = upcall_rfork;
  upcalls.hyp_lwproc_newlwp = upcall_newlwp;
  upcalls.hyp_lwproc_curlwp = upcall_curlwp;
  upcalls.hyp_syscall = upcall_syscall;
  upcalls.hyp_lwpexit = process_interrupt_others;
  upcalls.hyp_execnotify = process_exec_notify;
  upcalls.hyp_getpid = upcall_getpid;
  farcall_lwp_interrupt_fn interrupt = upcall_interrupt;
  upcalls.hyp__extra[0] = reinterpret_cast<void*>(interrupt);
  static char borrows;
  upcalls.hyp__extra[FARCALL_EXTRA_BORROWS] = &borrows;
  return upcalls;
}

}  // namespace

const rumpuser_hyperup& kernel_upcalls() {
  static const rumpuser_hyperup upcalls = make_upcalls();
  return upcalls;
}

// An interrupt is meant for the call in progress alone, so it does not outlive it.
int upcall_syscall(int number, void* args, long* retval) {
  SyscallResult result = syscall(number, Args{static_cast<const std::uint64_t*>(args)});
  current_lwp().interrupted = false;
  if (!result.ok()) return result.code();
  retval[0] = result->value[0];
  retval[1] = result->value[1];
  return 0;
}

}  // namespace farcall::kernel
