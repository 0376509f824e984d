#include "spawn_child.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec.h"
#include "fork.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/host/small_array.h"
#include "spawn_actions.h"

namespace farcall::shim::process {

namespace {

/// What the child tells of its failure, in memory that it shares with its parent.
class SharedResult {
 public:
  SharedResult() {
    const long address = host::raw(SYS_mmap, nullptr, sizeof(long), PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS, -1, 0L);
    if (!is_error(address)) value_ = reinterpret_cast<volatile long*>(address);
  }
  ~SharedResult() {
    if (value_ != nullptr) host::raw(SYS_munmap, value_, sizeof(long));
  }
  SharedResult(const SharedResult&) = delete;
  SharedResult& operator=(const SharedResult&) = delete;

  [[nodiscard]] bool ok() const { return value_ != nullptr; }
  void set(long value) { *value_ = value; }
  [[nodiscard]] long get() const { return *value_; }

 private:
  volatile long* value_ = nullptr;
};

long raw_result(int libc_result) { return libc_result == -1 ? -errno : libc_result; }

/// SIG_DFL for those that POSIX_SPAWN_SETSIGDEF names.
void set_default_signals(const posix_spawnattr_t& attributes) {
  sigset_t defaults;
  posix_spawnattr_getsigdefault(&attributes, &defaults);
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) {
    if (sigismember(&defaults, signal) == 1) sigaction(signal, &action, nullptr);
  }
}

long set_scheduling(const posix_spawnattr_t& attributes, bool with_policy) {
  sched_param parameters{};
  posix_spawnattr_getschedparam(&attributes, &parameters);
  if (!with_policy) return raw_result(sched_setparam(0, &parameters));
  int policy = 0;
  posix_spawnattr_getschedpolicy(&attributes, &policy);
  return raw_result(sched_setscheduler(0, policy, &parameters));
}

long join_group(const posix_spawnattr_t& attributes) {
  pid_t group = 0;
  posix_spawnattr_getpgroup(&attributes, &group);
  return raw_result(setpgid(0, group));
}

long reset_ids() {
  const long result = raw_result(seteuid(getuid()));
  return is_error(result) ? result : raw_result(setegid(getgid()));
}

long apply(const posix_spawnattr_t& attributes, int flags) {
  long result = 0;
  if ((flags & POSIX_SPAWN_SETSIGDEF) != 0) set_default_signals(attributes);
  if ((flags & (POSIX_SPAWN_SETSCHEDPARAM | POSIX_SPAWN_SETSCHEDULER)) != 0)
    result = set_scheduling(attributes, (flags & POSIX_SPAWN_SETSCHEDULER) != 0);
  if (!is_error(result) && (flags & POSIX_SPAWN_SETSID) != 0) result = raw_result(setsid());
  if (!is_error(result) && (flags & POSIX_SPAWN_SETPGROUP) != 0) result = join_group(attributes);
  if (!is_error(result) && (flags & POSIX_SPAWN_RESETIDS) != 0) result = reset_ids();
  return result;
}

/// In the child; returns only to fail.
long run(const SpawnCall& call, const sigset_t& mask_before) {
  short flags = 0;
  sigset_t mask = mask_before;
  if (call.attributes != nullptr) {
    posix_spawnattr_getflags(call.attributes, &flags);
    const long applied = apply(*call.attributes, flags);
    if (is_error(applied)) return applied;
    if ((flags & POSIX_SPAWN_SETSIGMASK) != 0) posix_spawnattr_getsigmask(call.attributes, &mask);
  }
  const long done = carry_out(call.actions);
  if (is_error(done)) return done;
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  return call.in_path ? exec_in_path(call.program, call.argv, call.environment)
                      : exec(AT_FDCWD, call.program, call.argv, call.environment, 0);
}

}  // namespace

int spawn_child(const SpawnCall& call) {
  SharedResult failure;
  if (!failure.ok()) return ENOMEM;
  // No handler of the program's shall run in the child.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const long pid = raw_clone(CLONE_VFORK | SIGCHLD, nullptr, nullptr, nullptr, 0);
  if (pid == 0) {
    failure.set(run(call, before));
    host::exit(127);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (is_error(pid)) return static_cast<int>(-pid);
  if (failure.get() != 0) {
    host::raw(SYS_wait4, pid, nullptr, 0, nullptr);
    return static_cast<int>(-failure.get());
  }
  if (call.pid != nullptr) *call.pid = static_cast<pid_t>(pid);
  return 0;
}

}  // namespace farcall::shim::process
