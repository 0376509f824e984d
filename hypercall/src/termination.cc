// Ends of the process that contains the kernel, and signals to it.
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "console.h"
#include "errors.h"
#include "fatal.h"
#include "netbsd/constants.h"
#include "rump/rumpuser.h"
#include "stack.h"

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
  if (value == RUMPUSER_PANIC) {
    std::array<char, 16> thread{};
    pthread_getname_np(pthread_self(), thread.data(), thread.size());
    std::fprintf(stderr, "rumpuser: the kernel has panicked in thread %s; its stack:\n",
                 thread.data());
    farcall::hypercall::print_stack();
    std::abort();
  }
  std::exit(value);
}

// Which of the kernel's processes is meant makes no difference here: those of clients elsewhere get
// theirs through rumpuser_sp_raise.
int rumpuser_kill(int64_t, int sig) {
  const int host = farcall::signal_from_netbsd(sig);
  return host == 0 ? NB_EINVAL : farcall::hypercall::hypercall_result(::kill(::getpid(), host));
}
