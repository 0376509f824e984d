// A NetBSD system call, answered as Linux would answer it.
#pragma once

#include <signal.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "personality/personality.h"

namespace farcall::personality {

/// One argument slot: integers are sign-extended, pointers are addresses.
template <class T>
std::uint64_t slot(T value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<std::uintptr_t>(value);
  } else if constexpr (std::is_null_pointer_v<T>) {
    return 0;
  } else {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  }
}

/// The first result, or a negative Linux errno: -EIO when the connection to the kernel is lost.
/// When a handler runs while the call sleeps, its SA_RESTART decides between -EINTR and waiting on.
Sysret call_with_slots(int number, const std::uint64_t* slots, unsigned count);
/// The same for calls that any handler ends, see signal(7). The caller has held the thread's
/// signals; `mask` is its mask while it sleeps.
Sysret call_with_slots(const sigset_t& mask, int number, const std::uint64_t* slots,
                       unsigned count);

template <class... Arguments>
Sysret call(int number, Arguments... arguments) {
  const std::uint64_t slots[] = {slot(arguments)...};
  return call_with_slots(number, slots, sizeof...(arguments));
}

template <class... Arguments>
Sysret call(const sigset_t& mask, int number, Arguments... arguments) {
  const std::uint64_t slots[] = {slot(arguments)...};
  return call_with_slots(mask, number, slots, sizeof...(arguments));
}

/// What farcall_try and farcall_wait report, as a Linux result.
Sysret result_of(int error, const long retval[2]);

}  // namespace farcall::personality
