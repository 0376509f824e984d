// The host's system calls, made by the library itself: nothing of libc runs, no errno is touched,
// no interposed function (ours included) sees the call, and it works before libc's and our own
// constructors have run. For libraries that are preloaded into other programs.
#pragma once

#include <sys/syscall.h>

#include <type_traits>

#if !defined(__x86_64__)
#error "farcall/raw_syscall.h knows the system call instruction of x86-64 only"
#endif

namespace farcall {

/// One system call with six argument words. Returns what the kernel returns: a value, or -errno.
inline long raw_syscall_words(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

template <class T>
inline long raw_syscall_word(T value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<long>(value);
  } else if constexpr (std::is_null_pointer_v<T>) {
    return 0;
  } else {
    return static_cast<long>(value);
  }
}

/// raw_syscall_words with as many arguments as the call has, of whatever integer or pointer type.
template <class... Args>
inline long raw_syscall(long number, Args... args) {
  static_assert(sizeof...(args) <= 6);
  const long words[6] = {raw_syscall_word(args)...};
  return raw_syscall_words(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

}  // namespace farcall
