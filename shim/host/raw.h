// The host's system calls under the shim's name for them; farcall/raw_syscall.h says what they are.
#pragma once

#include "farcall/raw_syscall.h"

namespace farcall::shim::host {

/// farcall::raw_syscall.
template <class... Args>
inline long raw(long number, Args... args) {
  return raw_syscall(number, args...);
}

}  // namespace farcall::shim::host
