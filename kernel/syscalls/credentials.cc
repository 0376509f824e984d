// User and group ids. Clients begin as the superuser; what they give up they do not get back.
#include "kernel/core/uio.h"
#include "kernel/syscalls/support.h"

namespace farcall::kernel {
namespace {

constexpr std::size_t kMaxGroups = 16;
constexpr std::uint32_t kKeep = ~std::uint32_t{0};

Credentials& mine() { return current_process().credentials; }
std::uint32_t id(const Args& args, unsigned slot) {
  return static_cast<std::uint32_t>(args.integer(slot));
}

// One of the two families of ids, so that the rules stand once.
struct Ids {
  std::uint32_t& real;
  std::uint32_t& effective;
  std::uint32_t& saved;

  [[nodiscard]] bool has(std::uint32_t value) const {
    return value == real || value == effective || value == saved;
  }
};

Ids user_ids() { return {mine().uid, mine().euid, mine().suid}; }
Ids group_ids() { return {mine().gid, mine().egid, mine().sgid}; }

SyscallResult set_all(Ids ids, std::uint32_t value) {
  if (!mine().superuser() && !ids.has(value)) return Error{NB_EPERM};
  ids.real = ids.effective = ids.saved = value;
  return Returned();
}

SyscallResult set_effective(Ids ids, std::uint32_t value) {
  if (!mine().superuser() && !ids.has(value)) return Error{NB_EPERM};
  ids.effective = value;
  return Returned();
}

SyscallResult set_real_and_effective(Ids ids, std::uint32_t real, std::uint32_t effective) {
  bool allowed = (real == kKeep || ids.has(real)) && (effective == kKeep || ids.has(effective));
  if (!mine().superuser() && !allowed) return Error{NB_EPERM};
  if (real != kKeep) ids.real = real;
  if (effective != kKeep) ids.effective = effective;
  if (real != kKeep || effective != kKeep) ids.saved = ids.effective;
  return Returned();
}

}  // namespace

SyscallResult sys_getuid(const Args&) { return Returned(mine().uid, mine().euid); }
SyscallResult sys_geteuid(const Args&) { return Returned(mine().euid); }
SyscallResult sys_getgid(const Args&) { return Returned(mine().gid, mine().egid); }
SyscallResult sys_getegid(const Args&) { return Returned(mine().egid); }
SyscallResult sys_setuid(const Args& args) { return set_all(user_ids(), id(args, 0)); }
SyscallResult sys_setgid(const Args& args) { return set_all(group_ids(), id(args, 0)); }
SyscallResult sys_seteuid(const Args& args) { return set_effective(user_ids(), id(args, 0)); }
SyscallResult sys_setegid(const Args& args) { return set_effective(group_ids(), id(args, 0)); }

SyscallResult sys_setreuid(const Args& args) {
  return set_real_and_effective(user_ids(), id(args, 0), id(args, 1));
}

SyscallResult sys_setregid(const Args& args) {
  return set_real_and_effective(group_ids(), id(args, 0), id(args, 1));
}

SyscallResult sys_getgroups(const Args& args) {
  std::vector<std::uint32_t> groups = mine().groups;
  auto count = static_cast<std::int64_t>(groups.size());
  if (args.integer(0) == 0) return Returned(count);
  if (args.integer(0) < count) return Error{NB_EINVAL};
  FARCALL_TRY(copyout(groups.data(), args.address(1), groups.size() * sizeof groups[0]));
  return Returned(count);
}

SyscallResult sys_setgroups(const Args& args) {
  if (!mine().superuser()) return Error{NB_EPERM};
  std::uint64_t count = args.address(0) & 0xffffffff;
  if (count > kMaxGroups) return Error{NB_EINVAL};
  std::vector<std::uint32_t> groups(count);
  FARCALL_TRY(copyin(args.address(1), groups.data(), count * sizeof groups[0]));
  mine().groups = std::move(groups);
  return Returned();
}

}  // namespace farcall::kernel
