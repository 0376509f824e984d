// Ends for what the interface gives no way to report.
#pragma once

#include <new>
#include <utility>

namespace farcall::hypercall {

/// Says what went wrong on standard error, and aborts. `host_errno` 0: there is none to tell.
[[noreturn]] void fatal(const char* what, int host_errno = 0);

/// Calls of the pthread family return an errno, and those used here can only fail through a bug or
/// for lack of memory.
inline void must(int host_errno, const char* what) {
  if (host_errno != 0) [[unlikely]] {
    fatal(what, host_errno);
  }
}

/// For what the interface cannot refuse to make.
template <class T, class... Args>
T* make(Args&&... args) {
  T* const made = new (std::nothrow) T(std::forward<Args>(args)...);
  if (made == nullptr) fatal("out of memory");
  return made;
}

}  // namespace farcall::hypercall
