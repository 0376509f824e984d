#include "server/kernel_process.h"

#include "netbsd/constants.h"
#include "server/stand_in.h"

namespace farcall::server {
namespace {

void* as_kernel_pointer(ClientId client) { return reinterpret_cast<void*>(client); }

}  // namespace

Result<std::unique_ptr<KernelProcess>> KernelProcess::create(const rumpuser_hyperup& up,
                                                             ClientId client,
                                                             const std::string& command) {
  std::unique_ptr<KernelProcess> made(new KernelProcess(up, client, command));
  const CpuScope cpu(up);
  const int error = up.hyp_lwproc_rfork(as_kernel_pointer(client), RUMP_RFCFDG, command.c_str());
  if (error != 0) return Error{error};
  made->main_ = up.hyp_lwproc_curlwp();
  made->pid_ = up.hyp_getpid();
  up.hyp_lwproc_switch(nullptr);
  return made;
}

KernelProcess::~KernelProcess() {
  if (main_ == nullptr) return;
  const CpuScope cpu(up_);
  up_.hyp_lwproc_switch(main_);
  up_.hyp_lwproc_release();
}

Result<std::unique_ptr<KernelProcess>> KernelProcess::fork(ClientId client) {
  return copy(client, RUMP_RFFDG);
}

Result<std::unique_ptr<KernelProcess>> KernelProcess::share() {
  constexpr int kShared = 0;
  return copy(client_, kShared);
}

Result<std::unique_ptr<KernelProcess>> KernelProcess::copy(ClientId client, int descriptors) {
  std::unique_ptr<KernelProcess> child(new KernelProcess(up_, client, command_));
  const CpuScope cpu(up_);
  lwp* own = up_.hyp_lwproc_curlwp();
  const int error = up_.hyp_lwproc_rfork(as_kernel_pointer(client), descriptors, nullptr);
  if (error != 0) return Error{error};
  child->main_ = up_.hyp_lwproc_curlwp();
  child->pid_ = up_.hyp_getpid();
  up_.hyp_lwproc_switch(own);
  return child;
}

Result<lwp*> KernelProcess::bind_lwp() {
  const CpuScope cpu(up_);
  if (const int error = up_.hyp_lwproc_newlwp(pid_); error != 0) return Error{error};
  return up_.hyp_lwproc_curlwp();
}

void KernelProcess::switch_to(lwp* target) {
  const CpuScope cpu(up_);
  up_.hyp_lwproc_switch(target);
}

void KernelProcess::release_lwp() {
  const CpuScope cpu(up_);
  up_.hyp_lwproc_release();
}

void KernelProcess::end_lwps() {
  {
    const std::lock_guard lock(main_mutex_);
    const CpuScope cpu(up_);
    up_.hyp_lwproc_switch(main_);
    up_.hyp_lwpexit();
    up_.hyp_lwproc_switch(nullptr);
  }
  const std::lock_guard lock(stand_ins_mutex_);
  ending_ = true;
  for (StandIn* stand_in : stand_ins_) {
    stand_in->announce_interrupt();
    stand_in->interrupt();
  }
}

void KernelProcess::exec(const std::string& command) {
  {
    const std::lock_guard lock(main_mutex_);
    const CpuScope cpu(up_);
    up_.hyp_lwproc_switch(main_);
    up_.hyp_execnotify(command.c_str());
    up_.hyp_lwproc_switch(nullptr);
    command_ = command;
  }
  const std::lock_guard lock(stand_ins_mutex_);
  ending_ = false;
}

Result<void> KernelProcess::add(StandIn& stand_in) {
  const std::lock_guard lock(stand_ins_mutex_);
  if (ending_) return Error{NB_EBUSY};
  stand_ins_.push_back(&stand_in);
  return {};
}

void KernelProcess::remove(const StandIn& stand_in) {
  const std::lock_guard lock(stand_ins_mutex_);
  std::erase(stand_ins_, &stand_in);
}

}  // namespace farcall::server
