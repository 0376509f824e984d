// Making, binding and ending processes and lwps: what the upcalls of the same names do,
// rump_lwproc(3). All of it runs with the CPU held and an lwp current, except for
// lwp_of_this_thread.
#pragma once

#include "farcall/result.h"
#include "kernel/core/proc.h"

struct lwp;

namespace farcall::kernel {

/// The lwp that the calling thread is bound to, nullptr for none. Needs no CPU.
Lwp* lwp_of_this_thread();
/// The hypercalls know an lwp as this type.
inline lwp* to_hypercall(Lwp* lwp) { return reinterpret_cast<struct lwp*>(lwp); }
inline Lwp* from_hypercall(lwp* lwp) { return reinterpret_cast<Lwp*>(lwp); }

inline constexpr std::int32_t kInitPid = 1;

/// Makes process 0, which owns the kernel's threads, and 1, from which clients descend. Needs no
/// lwp.
void proc_init();
/// nullptr when there is none.
Process* process_find(std::int32_t pid);
/// Calls `visit` for each process but 0; it must not sleep.
void process_visit(void (*visit)(Process& process, void* context), void* context);

/// A new lwp, not bound to any thread, of a process that is not exiting.
Lwp* lwp_create(Ref<Process> process);
/// A new lwp of process 0 for a thread of the kernel.
Lwp* lwp_create_for_kernel();
/// Binds this thread, which has no lwp, and makes the lwp current.
void lwp_bind(Lwp* lwp);
/// Ends the current lwp, which leaves this thread without one. With the last one its process exits
/// and closes its descriptors, for which it may sleep.
void lwp_end();

/// hyp_schedule and hyp_unschedule: a thread without an lwp has one of process 1 for the time
/// between them.
void lwp_schedule();
void lwp_unschedule();
/// Binds this thread to `next`; a dying lwp ends here. nullptr: the thread has none when it leaves
/// the kernel.
void lwp_switch(Lwp* next);
/// The current lwp, nullptr when it is dying.
Lwp* lwp_current_or_none();
/// The current lwp ends when its thread leaves the kernel or takes another.
void lwp_release();

/// A process with one lwp, which becomes current. `flags`: RUMP_RFFDG or RUMP_RFCFDG or 0; `comm`
/// may be nullptr. NB_EINVAL for other flags, NB_EAGAIN when there are too many processes.
Result<void> process_fork(void* client, int flags, const char* comm);
/// A new lwp of process `pid` becomes current. NB_ESRCH; NB_EBUSY when the process is exiting.
Result<void> process_new_lwp(std::int32_t pid);
/// Ends the sleeps of the current process's other lwps, now and until execnotify; does not wait for
/// them to go.
void process_interrupt_others();
/// Ends a process without lwps: closes its descriptors, gives its children to process 1, frees its
/// pid.
void process_exit(Process& process);
/// The current process runs another program.
void process_exec_notify(const char* comm);

}  // namespace farcall::kernel
