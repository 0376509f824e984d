// The system calls' common shape. Handlers live in kernel/syscalls/<family>.cc, one function
// sys_<name> for every row of proto/syscalls.tsv whose support is not "none"; a row without its
// function does not link, so table and kernel agree.
#pragma once

#include <cstdint>

#include "farcall/result.h"

namespace farcall::kernel {

/// The two results of a call; most use the first alone.
struct Returned {
  std::int64_t value[2] = {0, 0};
  Returned() = default;
  Returned(std::int64_t first, std::int64_t second = 0) : value{first, second} {}  // NOLINT
};

/// The argument slots, in the table's order.
struct Args {
  const std::uint64_t* slot;
  [[nodiscard]] int integer(unsigned i) const { return static_cast<int>(slot[i]); }
  [[nodiscard]] std::int64_t wide(unsigned i) const { return static_cast<std::int64_t>(slot[i]); }
  [[nodiscard]] std::uint64_t address(unsigned i) const { return slot[i]; }
};

using SyscallResult = Result<Returned>;

#define FARCALL_SYSCALL(number, name, arguments) SyscallResult sys_##name(const Args& args);
#include "netbsd/kernel_dispatch.inc"
#undef FARCALL_SYSCALL

/// Runs call `number` for the current lwp. NB_ENOSYS for one that is not there, logged once by
/// name.
SyscallResult syscall(int number, const Args& args);

}  // namespace farcall::kernel
