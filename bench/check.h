// A benchmark has nothing to do about an error but to say it and stop.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace farcall::bench {

[[noreturn]] inline void give_up(const char* what, int error) {
  std::cerr << "farcall-bench: " << what << ": " << std::strerror(error) << '\n';
  std::exit(1);
}

inline void check(bool good, const char* what) {
  if (!good) give_up(what, errno);
}

}  // namespace farcall::bench
