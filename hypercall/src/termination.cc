// Termination.
#include <execinfo.h>
#include <unistd.h>

#include <array>
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

namespace {

/// The calling thread's, as far as the loaded objects name their functions.
void print_stack() {
  std::array<void*, 64> frames;
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  std::fputs("rumpuser: the kernel has panicked; the stack of the thread that did:\n", stderr);
  backtrace_symbols_fd(frames.data(), count, STDERR_FILENO);
}

}  // namespace

void rumpuser_exit(int value) {
  farcall::hypercall::flush_console();
  if (value == RUMPUSER_PANIC) {
    print_stack();
    std::abort();
  }
  std::exit(value);
}
