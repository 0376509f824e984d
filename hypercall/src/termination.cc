// Termination.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "console.h"
#include "fatal.h"
#include "rump/rumpuser.h"

namespace farcall::hypercall {

void fatal(const char* what, int host_errno) {
  flush_console();
  if (host_errno == 0) {
    std::fprintf(stderr, "rumpuser: %s\n", what);
  } else {
    std::fprintf(stderr, "rumpuser: %s: %s\n", what, strerrordesc_np(host_errno));
  }
  std::abort();
}

}  // namespace farcall::hypercall

void rumpuser_exit(int value) {
  farcall::hypercall::flush_console();
  if (value == RUMPUSER_PANIC) std::abort();
  std::exit(value);
}
