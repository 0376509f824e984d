// fcntl: status flags and record locks.
#include "personality/netbsd.h"

#include <fcntl.h>

#include <cerrno>

#include "personality/call.h"
#include "personality/descriptor_kind.h"
#include "personality/flags.h"
#include "personality/personality.h"

namespace farcall::personality {
namespace {

struct LockPair {
  int linux_value;
  int netbsd_value;
};
constexpr LockPair kLockTypes[] = {
    {F_RDLCK, NB_F_RDLCK}, {F_WRLCK, NB_F_WRLCK}, {F_UNLCK, NB_F_UNLCK}};

int netbsd_lock_command(int command) {
  if (command == F_GETLK) return NB_F_GETLK;
  return command == F_SETLK ? NB_F_SETLK : NB_F_SETLKW;
}

Sysret lock(int kfd, int command, struct flock* request) {
  if (request == nullptr) return -EFAULT;
  netbsd::flock there = {request->l_start, request->l_len, request->l_pid, 0, request->l_whence};
  for (const LockPair& pair : kLockTypes) {
    if (pair.linux_value == request->l_type) there.l_type = static_cast<short>(pair.netbsd_value);
  }
  if (there.l_type == 0) return -EINVAL;
  const Sysret result = call(NB_SYS_fcntl, kfd, netbsd_lock_command(command), &there);
  if (result >= 0 && command != F_GETLK && request->l_type != F_UNLCK) remember_locked(kfd);
  if (result < 0 || command != F_GETLK) return result;
  request->l_start = there.l_start;
  request->l_len = there.l_len;
  request->l_pid = there.l_pid;
  request->l_whence = there.l_whence;
  for (const LockPair& pair : kLockTypes) {
    if (pair.netbsd_value == there.l_type) request->l_type = static_cast<short>(pair.linux_value);
  }
  return result;
}

}  // namespace

Sysret fcntl(int kfd, int command, unsigned long argument) {
  switch (command) {
    case F_GETFL: {
      const Sysret flags = call(NB_SYS_fcntl, kfd, NB_F_GETFL, 0);
      return flags < 0 ? flags : file_flags_to_linux(static_cast<int>(flags));
    }
    case F_SETFL:
      return call(NB_SYS_fcntl, kfd, NB_F_SETFL,
                  settable_flags_to_netbsd(static_cast<int>(argument)));
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
      return lock(kfd, command, reinterpret_cast<struct flock*>(argument));
    default:
      return -EINVAL;
  }
}

}  // namespace farcall::personality
