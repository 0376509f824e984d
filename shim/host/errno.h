// Between the two ways to report an error: a raw system call's (-errno as the result) and libc's
// (-1 and errno).
#pragma once

#include <cerrno>

namespace farcall::shim {

inline constexpr long kLargestErrno = 4095;

inline bool is_error(long raw_result) { return raw_result < 0 && raw_result >= -kLargestErrno; }

/// What a libc function returns for a raw result: sets errno for an error, and leaves it alone
/// otherwise.
inline long sysret(long raw_result) {
  if (!is_error(raw_result)) return raw_result;
  errno = static_cast<int>(-raw_result);
  return -1;
}

/// Keeps errno as the program left it while our own code runs.
class ErrnoKeeper {
 public:
  ErrnoKeeper() : saved_(errno) {}
  ~ErrnoKeeper() { errno = saved_; }
  ErrnoKeeper(const ErrnoKeeper&) = delete;
  ErrnoKeeper& operator=(const ErrnoKeeper&) = delete;

 private:
  int saved_;
};

}  // namespace farcall::shim
