// __sysctl(2): the copying around kernel/core/sysctl.h.
#include "kernel/core/sysctl.h"

#include <algorithm>

#include "kernel/core/uio.h"
#include "kernel/syscalls/support.h"

namespace farcall::kernel {
namespace {

constexpr std::size_t kMaxNewValue = 65536;

Result<std::vector<std::byte>> new_value_argument(UserAddress address, std::uint64_t size) {
  std::vector<std::byte> value;
  if (address == 0 || size == 0) return value;
  if (size > kMaxNewValue) return Error{NB_EINVAL};
  value.resize(size);
  FARCALL_TRY(copyin(address, value.data(), size));
  return value;
}

// What fits goes out, the length says what there was, and NB_ENOMEM that it was more.
SyscallResult return_old_value(const std::vector<std::byte>& value, UserAddress address,
                               UserAddress length_address, std::uint64_t room) {
  std::uint64_t size = value.size();
  if (address != 0) FARCALL_TRY(copyout(value.data(), address, std::min(size, room)));
  if (length_address != 0) FARCALL_TRY(copyout_value(size, length_address));
  if (address != 0 && size > room) return Error{NB_ENOMEM};
  return Returned();
}

}  // namespace

SyscallResult sys___sysctl(const Args& args) {
  std::uint64_t depth = args.address(1) & 0xffffffff;
  if (depth < 1 || depth > NB_CTL_MAXNAME) return Error{NB_EINVAL};
  std::vector<int> name(depth);
  FARCALL_TRY(copyin(args.address(0), name.data(), depth * sizeof name[0]));
  std::uint64_t room = 0;
  if (args.address(3) != 0) {
    FARCALL_ASSIGN(room, copyin_value<std::uint64_t>(args.address(3)));
  }
  FARCALL_ASSIGN(auto new_value, new_value_argument(args.address(4), args.address(5)));
  bool query = name.back() == NB_CTL_QUERY;
  if (!new_value.empty() && !query && !current_process().credentials.superuser()) {
    return Error{NB_EPERM};
  }
  SysctlRequest request{.rest = {}, .old_value = {}, .new_value = new_value};
  FARCALL_TRY(sysctl_run(name, request));
  return return_old_value(request.old_value, args.address(2), args.address(3), room);
}

}  // namespace farcall::kernel
