#include "kernel.h"

#include <cstdio>
#include <cstdlib>

#include "farcall/hypercall.h"
#include "rump/rump.h"

namespace farcall::bench {
namespace {

bool start() {
  if (rump_init() == 0 && rump_pub_lwproc_rfork(RUMP_RFCFDG) == 0) return true;
  std::fputs("farcall_microbench: the built-in kernel does not start\n", stderr);
  std::exit(EXIT_FAILURE);
}

}  // namespace

const rumpuser_hyperup& kernel() {
  static const bool started = start();
  static_cast<void>(started);
  return *farcall_hypercall_upcalls();
}

}  // namespace farcall::bench
