#include "fake_kernel.h"

#include <array>

namespace farcall::test {

namespace {

// Handed out when the CPU is given up, and expected back.
constexpr int kLocks = 3;

thread_local bool has_cpu = false;
thread_local int releases_here = 0;

std::array<char, 16> lwps;

// What a host thread asks of the kernel's processes, recorded as the lwp that is then current.
constexpr int kNewLwp = 15;

void set_current(lwp* l) {
  if (rumpuser_curlwp() != nullptr) rumpuser_curlwpop(RUMPUSER_LWP_CLEAR, rumpuser_curlwp());
  if (l != nullptr) rumpuser_curlwpop(RUMPUSER_LWP_SET, l);
}

}  // namespace

lwp* fake_lwp(int number) {
  return reinterpret_cast<lwp*>(&lwps.at(static_cast<std::size_t>(number)));
}

FakeKernel& FakeKernel::get() {
  static FakeKernel& kernel = *[] {
    auto* const made = new FakeKernel;
    const rumpuser_hyperup hyperup = upcalls();
    EXPECT_EQ(rumpuser_init(RUMPUSER_VERSION, &hyperup), 0);
    return made;
  }();
  return kernel;
}

rumpuser_hyperup FakeKernel::upcalls() {
  return {.hyp_schedule = [] { get().take_cpu(); },
          .hyp_unschedule = [] { get().give_up_cpu(); },
          .hyp_backend_unschedule = backend_unschedule,
          .hyp_backend_schedule = backend_schedule,
          .hyp_lwproc_switch = set_current,
          .hyp_lwproc_release = [] { set_current(nullptr); },
          .hyp_lwproc_rfork = [](void*, int, const char*) { return 0; },
          .hyp_lwproc_newlwp =
              [](pid_t) {
                EXPECT_TRUE(has_cpu);
                set_current(fake_lwp(kNewLwp));
                return 0;
              },
          .hyp_lwproc_curlwp = rumpuser_curlwp,
          .hyp_syscall = [](int, void*, long*) { return 0; },
          .hyp_lwpexit = [] {},
          .hyp_execnotify = [](const char*) {},
          .hyp_getpid = [] { return pid_t{1}; },
          .hyp__extra = {}};
}

int FakeKernel::releases_of_this_thread() { return releases_here; }

bool FakeKernel::this_thread_has_cpu() { return has_cpu; }

void FakeKernel::take_cpu() {
  EXPECT_FALSE(has_cpu);
  cpu_.lock();
  has_cpu = true;
}

void FakeKernel::give_up_cpu() {
  EXPECT_TRUE(has_cpu);
  has_cpu = false;
  cpu_.unlock();
}

int FakeKernel::releases() {
  std::lock_guard lock(mutex_);
  return releases_;
}

void FakeKernel::await_releases(int count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return releases_ >= count; });
}

void* FakeKernel::last_interlock() {
  std::lock_guard lock(mutex_);
  return interlock_;
}

void FakeKernel::backend_unschedule(int keep, int* nlocks, void* interlock) {
  EXPECT_EQ(keep, 0);
  FakeKernel& kernel = get();
  *nlocks = kLocks;
  if (interlock != nullptr && interlock == kernel.cpu_mutex) return;
  ++releases_here;
  kernel.give_up_cpu();
  std::lock_guard lock(kernel.mutex_);
  ++kernel.releases_;
  kernel.interlock_ = interlock;
  kernel.changed_.notify_all();
}

void FakeKernel::backend_schedule(int nlocks, void* interlock) {
  EXPECT_EQ(nlocks, kLocks);
  FakeKernel& kernel = get();
  if (interlock != nullptr && interlock == kernel.cpu_mutex) return;
  if (kernel.before_retake) kernel.before_retake(interlock);
  kernel.take_cpu();
}

}  // namespace farcall::test
