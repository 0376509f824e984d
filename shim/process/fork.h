// New processes: every host process that is a copy of this one gets its own process in the kernel.
#pragma once

#include <sys/types.h>

namespace farcall::shim::process {

/// Has libc's fork() call us on both sides (pthread_atfork). Called once by start().
void follow_forks();

/// fork(3), and vfork(2), whose child may do anything here that a fork's may. A pid, 0 in the
/// child, or -errno.
long fork();
/// _Fork(3): without anybody's atfork handlers but ours.
long fork_alone();

/// clone(2) as libc has it. With CLONE_VM it makes a thread and goes to libc unseen; with CLONE_VM
/// and CLONE_VFORK the child gets a copy of the memory instead, for it must not exec on this
/// process's connection.
struct CloneCall {
  int (*function)(void*);
  void* stack;
  int flags;
  void* argument;
  pid_t* parent_tid;
  void* tls;
  pid_t* child_tid;
};
long clone(const CloneCall& call);

/// clone(2) as the system call: -ENOSYS when the child would return on another stack, which only
/// libc's assembler could pass on.
long raw_clone(unsigned long flags, void* stack, pid_t* parent_tid, pid_t* child_tid,
               unsigned long tls);

}  // namespace farcall::shim::process
