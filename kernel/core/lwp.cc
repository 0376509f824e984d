// The life of an lwp and its binding to a thread of the host.
#include <algorithm>

#include "kernel/core/lwproc.h"
#include "kernel/core/panic.h"

namespace farcall::kernel {
namespace {

// Takes the current lwp out of its process; with the last one the process exits. Process 0 and 1
// stay.
void leave_process(Lwp& lwp) {
  Process& process = *lwp.process;
  std::erase(process.lwps, &lwp);
  if (process.lwps.empty() && process.pid > kInitPid) process_exit(process);
}

void unbind(Lwp& lwp) {
  lwp.running = false;
  rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, to_hypercall(&lwp));
  cpu_set_current(nullptr);
}

}  // namespace

Lwp::Lwp(Ref<Process> owner) : process(std::move(owner)), id(process->next_lwp_id++) {
  process->lwps.push_back(this);
  rumpuser_curlwpop(RUMPUSER_LWP_CREATE, to_hypercall(this));
}

Lwp::~Lwp() {
  rumpuser_curlwpop(RUMPUSER_LWP_DESTROY, to_hypercall(this));
  if (cv_ != nullptr) rumpuser_cv_destroy(cv_);
}

Lwp* lwp_of_this_thread() { return from_hypercall(rumpuser_curlwp()); }

Lwp* lwp_create(Ref<Process> process) { return new Lwp(std::move(process)); }

Lwp* lwp_create_for_kernel() { return lwp_create(Ref<Process>(process_find(0))); }

void lwp_bind(Lwp* lwp) {
  if (lwp->running) panic("an lwp was given to a second thread");
  lwp->running = true;
  rumpuser_curlwpop(RUMPUSER_LWP_SET, to_hypercall(lwp));
  cpu_set_current(lwp);
}

void lwp_end() {
  Lwp& self = current_lwp();
  leave_process(self);
  unbind(self);
  delete &self;
}

void lwp_schedule() {
  cpu_acquire();
  if (lwp_of_this_thread() != nullptr) return;
  Lwp* temporary = lwp_create(Ref<Process>(process_find(kInitPid)));
  temporary->dying = true;
  lwp_bind(temporary);
}

void lwp_unschedule() {
  Lwp& self = current_lwp();
  if (self.dying) {
    lwp_end();
  } else if (self.unbinding) {
    self.unbinding = false;
    unbind(self);
  }
  cpu_release();
}

void lwp_switch(Lwp* next) {
  Lwp& self = current_lwp();
  if (next == nullptr) {
    self.unbinding = true;
    return;
  }
  if (next == &self) {
    self.unbinding = false;
    return;
  }
  if (self.dying) {
    lwp_end();
  } else {
    self.unbinding = false;
    unbind(self);
  }
  lwp_bind(next);
}

Lwp* lwp_current_or_none() {
  Lwp& self = current_lwp();
  return self.dying ? nullptr : &self;
}

void lwp_release() {
  Lwp& self = current_lwp();
  if (self.dying) panic("an lwp was released twice");
  self.dying = true;
}

}  // namespace farcall::kernel
