// The host's system calls, made by this library itself: nothing of libc runs, no errno is touched,
// no interposed function (ours included) sees the call, and it works before libc's and our own
// constructors have run.
#pragma once

#include <sys/syscall.h>

#include <type_traits>

namespace farcall::shim::host {

template <class T>
inline long word(T value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<long>(value);
  } else if constexpr (std::is_null_pointer_v<T>) {
    return 0;
  } else {
    return static_cast<long>(value);
  }
}

/// One system call with six argument words. Returns what the kernel returns: a value, or -errno.
inline long raw6(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

/// raw6 with as many arguments as the call has, of whatever integer or pointer type.
template <class... Args>
inline long raw(long number, Args... args) {
  static_assert(sizeof...(args) <= 6);
  const long words[6] = {word(args)...};
  return raw6(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

}  // namespace farcall::shim::host
