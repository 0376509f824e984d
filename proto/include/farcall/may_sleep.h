// Which system calls can make their caller wait.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "netbsd/syscalls.h"

namespace farcall {

inline constexpr auto kMaySleep = [] {
  std::array<bool, kMaxSyscall + 1> may{};
  for (const auto& call : kSyscalls)
    may[static_cast<std::size_t>(call.number)] = call.sleeps != Sleeps::never;
  return may;
}();

/// May system call `number` sleep in the kernel? False for numbers that no call has.
constexpr bool may_sleep(std::uint32_t number) {
  return number < kMaySleep.size() && kMaySleep[number];
}

}  // namespace farcall
