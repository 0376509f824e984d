// The kernel's entry points, by NetBSD's names: starting, and lwps and system calls for programs
// that have the kernel in their own address space.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "kernel/core/export.h"
#include "kernel/core/identity.h"
#include "kernel/core/interfaces.h"
#include "kernel/core/lwproc.h"
#include "kernel/core/memory_budget.h"
#include "kernel/core/scheduled.h"
#include "kernel/core/sysctl.h"
#include "kernel/core/upcalls.h"
#include "kernel/ipc/local.h"
#include "netbsd/constants.h"
#include "rump/rump.h"

namespace farcall::kernel {
namespace {

constexpr std::size_t kSlots = 8;
bool started;

Result<void> start_subsystems() {
  Scheduled cpu;
  memory_budget_init();
  sysctl_init();
  local_init();
#ifdef FARCALL_KERNEL_NET
  FARCALL_TRY(net_init());
#endif
  return {};
}

}  // namespace
}  // namespace farcall::kernel

using namespace farcall::kernel;

extern "C" {

FARCALL_EXPORT int rump_init() {
  if (started) return 0;
  if (int error = rumpuser_init(RUMPUSER_VERSION, &kernel_upcalls()); error != 0) return error;
  cpu_init();
  proc_init();
  started = true;
  return start_subsystems().code();
}

FARCALL_EXPORT int rump_init_server(const char* url) {
  return rumpuser_sp_init(url, kOsType, kOsRelease, kMachine);
}

FARCALL_EXPORT void rump_schedule() { lwp_schedule(); }
FARCALL_EXPORT void rump_unschedule() { lwp_unschedule(); }
FARCALL_EXPORT int rump_pub_getversion() { return kOsRevision; }

FARCALL_EXPORT int rump_syscall(int number, void* data, std::size_t length, long* retval) {
  std::uint64_t slots[kSlots] = {};
  if (length > sizeof slots) return NB_EINVAL;
  if (length != 0) std::memcpy(slots, data, length);
  Scheduled cpu;
  return upcall_syscall(number, slots, retval);
}

FARCALL_EXPORT int rump_pub_lwproc_rfork(int flags) {
  Scheduled cpu;
  return process_fork(nullptr, flags, nullptr).code();
}

FARCALL_EXPORT int rump_pub_lwproc_newlwp(pid_t pid) {
  Scheduled cpu;
  return process_new_lwp(pid).code();
}

FARCALL_EXPORT void rump_pub_lwproc_switch(lwp* next) {
  Scheduled cpu;
  lwp_switch(from_hypercall(next));
}

FARCALL_EXPORT void rump_pub_lwproc_releaselwp() {
  Scheduled cpu;
  lwp_release();
}

FARCALL_EXPORT lwp* rump_pub_lwproc_curlwp() {
  Scheduled cpu;
  return to_hypercall(lwp_current_or_none());
}

}  // extern "C"
