#include "kernel/core/lwproc.h"
#include "kernel/core/panic.h"

namespace farcall::kernel {
namespace {

struct Start {
  void (*body)(void*);
  void* arg;
  Lwp* lwp;
};

void* run(void* pointer) {
  Start start = *static_cast<Start*>(pointer);
  cpu_acquire();
  delete static_cast<Start*>(pointer);
  lwp_bind(start.lwp);
  start.body(start.arg);
  lwp_end();
  cpu_release();
  return nullptr;
}

}  // namespace

void kthread_create(void (*body)(void*), void* arg, const char* name) {
  auto* start = new Start{body, arg, lwp_create_for_kernel()};
  void* cookie = nullptr;
  if (rumpuser_thread_create(run, start, name, 0, 0, -1, &cookie) != 0) {
    panic("the host gives the kernel no thread");
  }
}

}  // namespace farcall::kernel
