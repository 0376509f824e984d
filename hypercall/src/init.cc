// Initialization: the agreement on the version, and the upcalls.
#include <cstdio>

#include "farcall/hypercall.h"
#include "netbsd/constants.h"
#include "upcalls.h"

namespace farcall::hypercall {

rumpuser_hyperup upcalls;

namespace {

struct SleepHook {
  void (*run)(void*) = nullptr;
  void* arg = nullptr;
};
[[gnu::tls_model("initial-exec")]] thread_local SleepHook sleep_hook;

}  // namespace

void about_to_sleep() {
  if (sleep_hook.run != nullptr) sleep_hook.run(sleep_hook.arg);
}

}  // namespace farcall::hypercall

using namespace farcall::hypercall;

int rumpuser_init(int version, const rumpuser_hyperup* hyperup) {
  if (version != RUMPUSER_VERSION) {
    std::fprintf(stderr, "rumpuser: the kernel wants interface version %d, this library has %d\n",
                 version, RUMPUSER_VERSION);
    return NB_EPROGMISMATCH;
  }
  upcalls = *hyperup;
  return 0;
}

const rumpuser_hyperup* farcall_hypercall_upcalls() {
  return upcalls.hyp_schedule != nullptr ? &upcalls : nullptr;
}

void farcall_hypercall_set_sleep_hook(void (*hook)(void*), void* arg) { sleep_hook = {hook, arg}; }
