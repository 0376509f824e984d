// What a process is and may: ids, groups and sessions, limits, umask(2), getcwd(3).
#include <algorithm>

#include "kernel/core/lwproc.h"
#include "kernel/core/uio.h"
#include "kernel/syscalls/support.h"

namespace farcall::kernel {
namespace {

// 0 stands for the caller itself. NB_ESRCH.
Result<Process*> process_argument(int pid) {
  if (pid == 0) return &current_process();
  Process* process = process_find(pid);
  if (process == nullptr) return Error{NB_ESRCH};
  return process;
}

bool group_exists_in_session(std::int32_t group, std::int32_t session) {
  struct Wanted {
    std::int32_t group, session;
    bool found;
  } wanted{group, session, false};
  process_visit(
      [](Process& process, void* context) {
        auto& sought = *static_cast<Wanted*>(context);
        if (process.group == sought.group && process.session == sought.session) sought.found = true;
      },
      &wanted);
  return wanted.found;
}

bool leads_another(const Process& self, std::int32_t group) {
  struct Wanted {
    const Process* self;
    std::int32_t group;
    bool found;
  } wanted{&self, group, false};
  process_visit(
      [](Process& process, void* context) {
        auto& sought = *static_cast<Wanted*>(context);
        if (&process != sought.self && process.group == sought.group) sought.found = true;
      },
      &wanted);
  return wanted.found;
}

Result<void> set_descriptor_limit(Process& process, netbsd::rlimit limit) {
  limit.rlim_max = std::min<std::uint64_t>(limit.rlim_max, DescriptorTable::kMostDescriptors);
  process.descriptors->limit = std::min(limit.rlim_cur, limit.rlim_max);
  process.limits[NB_RLIMIT_NOFILE].rlim_max = limit.rlim_max;
  return {};
}

Result<netbsd::rlimit*> limit_argument(int which) {
  if (which < 0 || which >= Process::kLimits) return Error{NB_EINVAL};
  return &current_process().limits[which];
}

}  // namespace

SyscallResult sys_getpid(const Args&) {
  const Process& process = current_process();
  return Returned(process.pid, process.parent);
}

SyscallResult sys_getppid(const Args&) { return Returned(current_process().parent); }
SyscallResult sys_getpgrp(const Args&) { return Returned(current_process().group); }
SyscallResult sys_issetugid(const Args&) { return Returned(0); }

SyscallResult sys_getpgid(const Args& args) {
  FARCALL_ASSIGN(Process * process, process_argument(args.integer(0)));
  return Returned(process->group);
}

SyscallResult sys_getsid(const Args& args) {
  FARCALL_ASSIGN(Process * process, process_argument(args.integer(0)));
  return Returned(process->session);
}

SyscallResult sys_setpgid(const Args& args) {
  const Process& self = current_process();
  FARCALL_ASSIGN(Process * target, process_argument(args.integer(0)));
  int group = args.integer(1) == 0 ? target->pid : args.integer(1);
  if (group < 0) return Error{NB_EINVAL};
  if (target != &self && target->parent != self.pid) return Error{NB_ESRCH};
  if (target->session != self.session || target->session == target->pid) return Error{NB_EPERM};
  if (group != target->pid && !group_exists_in_session(group, self.session)) {
    return Error{NB_EPERM};
  }
  target->group = group;
  return Returned();
}

SyscallResult sys_setsid(const Args&) {
  Process& self = current_process();
  if (self.group == self.pid || leads_another(self, self.pid)) return Error{NB_EPERM};
  self.session = self.group = self.pid;
  return Returned(self.pid);
}

SyscallResult sys_umask(const Args& args) {
  auto previous = current_process().umask;
  current_process().umask = static_cast<std::uint32_t>(args.integer(0)) & 0777;
  return Returned(previous);
}

SyscallResult sys_getrlimit(const Args& args) {
  FARCALL_ASSIGN(auto* limit, limit_argument(args.integer(0)));
  netbsd::rlimit value = *limit;
  if (args.integer(0) == NB_RLIMIT_NOFILE) value.rlim_cur = current_process().descriptors->limit;
  return done(copyout_value(value, args.address(1)));
}

SyscallResult sys_setrlimit(const Args& args) {
  FARCALL_ASSIGN(auto* limit, limit_argument(args.integer(0)));
  FARCALL_ASSIGN(auto value, copyin_value<netbsd::rlimit>(args.address(1)));
  if (value.rlim_cur > value.rlim_max) return Error{NB_EINVAL};
  Process& process = current_process();
  if (value.rlim_max > limit->rlim_max && !process.credentials.superuser()) return Error{NB_EPERM};
  if (args.integer(0) == NB_RLIMIT_NOFILE) return done(set_descriptor_limit(process, value));
  *limit = value;
  return Returned();
}

// Without a file system every process is at the root.
SyscallResult sys___getcwd(const Args& args) {
  constexpr char kRoot[] = "/";
  if (args.address(1) < sizeof kRoot) return Error{NB_ERANGE};
  FARCALL_TRY(copyout(kRoot, args.address(0), sizeof kRoot));
  return Returned(sizeof kRoot);
}

}  // namespace farcall::kernel
