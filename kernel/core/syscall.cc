#include "kernel/core/syscall.h"

#include <array>

#include "netbsd/constants.h"
#include "netbsd/syscalls.h"
#include "rump/rumpuser.h"

namespace farcall::kernel {
namespace {

using Handler = SyscallResult (*)(const Args&);
using HandlerTable = std::array<Handler, kMaxSyscall + 1>;

constexpr HandlerTable make_handlers() {
  HandlerTable handlers{};
#define FARCALL_SYSCALL(number, name, arguments) handlers[number] = sys_##name;
#include "netbsd/kernel_dispatch.inc"
#undef FARCALL_SYSCALL
  return handlers;
}
constexpr HandlerTable kHandlers = make_handlers();

const char* name_of(int number) {
  for (const SyscallInfo& info : kSyscalls) {
    if (info.number == number) return info.name.data();
  }
  return nullptr;
}

// One line for each call, and one for all numbers that name none: a client cannot fill the log.
void log_missing(int number) {
  static std::array<bool, kMaxSyscall + 1> seen;
  const char* name = name_of(number);
  bool& logged = seen[name != nullptr ? number : 0];
  if (logged) return;
  logged = true;
  if (name != nullptr) {
    rumpuser_dprintf("system call %s (%d) is not in this kernel: ENOSYS\n", name, number);
  } else {
    rumpuser_dprintf("there is no system call %d: ENOSYS (further such numbers are not logged)\n",
                     number);
  }
}

}  // namespace

SyscallResult syscall(int number, const Args& args) {
  if (number < 0 || number > kMaxSyscall || kHandlers[number] == nullptr) {
    log_missing(number);
    return Error{NB_ENOSYS};
  }
  return kHandlers[number](args);
}

}  // namespace farcall::kernel
