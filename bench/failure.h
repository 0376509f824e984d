// What ends a benchmark: it is reported beside its name, and the others go on.
#pragma once

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace farcall::bench {

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws, with errno's text, when a host call failed.
inline void require(bool good, const char* what) {
  if (!good) throw Failure(std::string(what) + ": " + std::strerror(errno));
}

}  // namespace farcall::bench
