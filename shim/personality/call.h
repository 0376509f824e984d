// A NetBSD system call, answered as Linux would answer it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "personality/personality.h"

namespace farcall::personality {

/// What a signal handler does to a call that sleeps.
enum class Restart {
  as_handler_says,  ///< SA_RESTART of the handler decides: EINTR or waiting on
  never,            ///< EINTR, as signal(7) says of poll and its like
};

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
Sysret call_with_slots(Restart restart, int number, const std::uint64_t* slots, unsigned count);

template <class... Arguments>
Sysret call(Restart restart, int number, Arguments... arguments) {
  const std::uint64_t slots[] = {slot(arguments)...};
  return call_with_slots(restart, number, slots, sizeof...(arguments));
}

template <class... Arguments>
Sysret call(int number, Arguments... arguments) {
  return call(Restart::as_handler_says, number, arguments...);
}

/// What farcall_try and farcall_wait report, as a Linux result.
Sysret result_of(int error, const long retval[2]);

}  // namespace farcall::personality
