// How a function of libc is caught: this library defines it under the same name, and the loader
// finds it here first. The definitions are thin: calls/, process/ and network/ do the work.
#pragma once

#include "shim/descriptors/descriptors.h"
#include "shim/host/errno.h"
#include "shim/host/libc.h"

/// Before a definition that replaces one of libc.
#define FARCALL_CATCH extern "C" __attribute__((visibility("default")))

/// Another name that libc exports for a function caught in the same file.
#define FARCALL_ALIAS(alias, caught) \
  __asm__(".globl " #alias "\n.type " #alias ", @function\n.set " #alias ", " #caught)

/// libc's end of a program whose buffer is smaller than the size that it named (_FORTIFY_SOURCE).
extern "C" [[noreturn]] void __chk_fail() noexcept;

namespace farcall::shim {

inline int int_ret(long raw_result) { return static_cast<int>(sysret(raw_result)); }

/// What a libc function returns for `fd` and `args`: libc's own for a descriptor of the host, or
/// what `call` does. The last thing that a caught function does, so that libc returns to the
/// program itself: a return is mispredicted where a system call was made since its call, and each
/// takes 7 ns.
template <class Function, class Call, class... Args>
[[gnu::always_inline]] inline auto host_first(Function libc_function, Call call, int fd,
                                              Args... args) {
  using Value = decltype(libc_function(fd, args...));
  if (descriptors::kernel_fd(fd) < 0 && libc_function != nullptr) [[likely]] {
    return libc_function(fd, args...);
  }
  return static_cast<Value>(sysret(call(fd, args...)));
}

inline void check_size(unsigned long named, unsigned long available) {
  if (named > available) __chk_fail();
}

}  // namespace farcall::shim
