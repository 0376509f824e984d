#include "fork.h"

#include <pthread.h>

#include "local.h"
#include "rump/rumpclient.h"
#include "shim/descriptors/descriptors.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/mappings/shared_mappings.h"
#include "shim/process/start.h"
#include "shim/wait/epoll.h"
#include "shim/wait/urgent.h"

namespace farcall::shim::process {

namespace {

/// What the thread that forks has prepared in the kernel. NULL: the child will have no kernel.
thread_local struct rumpclient_fork* prepared = nullptr;

void prepare() {
  const ErrnoKeeper keeper;
  mappings::before_fork();  // who holds its locks may be asking the kernel
  prepared = rumpclient_prefork();
  epoll::before_fork();
  urgent::before_fork();
  descriptors::before_fork();
}

void release_locks() {
  descriptors::after_fork();
  epoll::after_fork();
  mappings::after_fork();
}

void in_parent() {
  urgent::after_fork();
  release_locks();
}

/// The connection first: once the locks are released, signal handlers run and may use it.
void in_child() {
  const ErrnoKeeper keeper;
  if (prepared != nullptr) rumpclient_fork_init(prepared);
  prepared = nullptr;
  urgent::after_fork_in_child();
  release_locks();
}

/// In the parent, when it is known whether there is a child.
long settle(long pid) {
  if (pid == 0 || prepared == nullptr) return pid;
  const ErrnoKeeper keeper;
  if (is_error(pid)) {
    rumpclient_fork_cancel(prepared);
  } else {
    rumpclient_fork_vparent(prepared);
  }
  prepared = nullptr;
  return pid;
}

/// prepare(), `make_child`, and both sides' ends, for ways to fork that run no atfork handlers.
template <class MakeChild>
long around(MakeChild make_child) {
  prepare();
  const long pid = make_child();
  if (pid == 0) {
    in_child();
  } else {
    in_parent();
  }
  return settle(pid);
}

long raw_result(pid_t pid) { return pid == -1 ? -errno : pid; }

struct CloneStart {
  int (*function)(void*);
  void* argument;
};

int run_clone(void* start) {
  in_child();
  const auto* clone_start = static_cast<const CloneStart*>(start);
  return clone_start->function(clone_start->argument);
}

}  // namespace

void follow_forks() { pthread_atfork(prepare, in_parent, in_child); }

long fork() {
  if (refuses_process()) return -ENOSYS;
  return settle(raw_result(host::libc().fork()));
}

long fork_alone() {
  if (refuses_process()) return -ENOSYS;
  if (hijack_spec_if_started() == nullptr) return raw_result(host::libc()._Fork());
  return around([] { return raw_result(host::libc()._Fork()); });
}

long clone(const CloneCall& call) {
  const bool shares_memory = (call.flags & CLONE_VM) != 0;
  const bool waits = (call.flags & CLONE_VFORK) != 0;
  const auto host_clone = host::libc().clone;
  if ((shares_memory && !waits) || hijack_spec_if_started() == nullptr) {
    return raw_result(host_clone(call.function, call.stack, call.flags, call.argument,
                                 call.parent_tid, call.tls, call.child_tid));
  }
  if (refuses_process()) return -ENOSYS;
  CloneStart start{call.function, call.argument};
  prepare();
  const long pid = raw_result(host_clone(run_clone, call.stack, call.flags & ~CLONE_VM, &start,
                                         call.parent_tid, call.tls, call.child_tid));
  in_parent();
  return settle(pid);
}

long raw_clone(unsigned long flags, void* stack, pid_t* parent_tid, pid_t* child_tid,
               unsigned long tls) {
  if (stack != nullptr || refuses_process()) return -ENOSYS;
  const auto make_child = [&] {
    return host::raw(SYS_clone, flags & ~static_cast<unsigned long>(CLONE_VM), nullptr, parent_tid,
                     child_tid, tls);
  };
  return hijack_spec_if_started() == nullptr ? make_child() : around(make_child);
}

}  // namespace farcall::shim::process
