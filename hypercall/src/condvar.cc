// Condition variables, on a futex: each signal changes `signals`, and a waiter sleeps only while it
// is what it was when the wait began, so no signal after that is lost. (glibc's own, until 2.41,
// can lose one: its bug 25847.)
#include "clock.h"
#include "fatal.h"
#include "futex.h"
#include "mutex.h"
#include "netbsd/constants.h"
#include "upcalls.h"

using namespace farcall::hypercall;

struct rumpuser_cv {
  FutexWord signals = 0;
  std::atomic<int> waiters = 0;
};

namespace {

/// A mutex that this thread keeps while the kernel gets it a CPU. Kernels wait for a CPU by
/// rumpuser_cv_wait_nowrap, which lets it go meanwhile.
[[gnu::tls_model("initial-exec")]] thread_local rumpuser_mtx* kept = nullptr;

/// A thread that waits for the life of the object. Counted before its look at `signals`, as a
/// signal is counted before its look at `waiters`: one of the two sees the other.
class Waiter {
 public:
  explicit Waiter(rumpuser_cv& cv) : cv_(cv) {
    cv_.waiters.fetch_add(1);
    seen_ = cv_.signals.load();
  }

  /// Releases the mutex, sleeps, takes the mutex again. False when the deadline came first.
  bool sleep(rumpuser_mtx& mutex, const timespec* deadline) {
    if (kept != nullptr) kept->unlock();
    mutex.unlock();
    const bool woken = futex_wait(cv_.signals, seen_, deadline);
    if (kept != nullptr) kept->lock();
    mutex.lock();
    const bool signaled = woken || cv_.signals.load() != seen_;
    cv_.waiters.fetch_sub(1);
    return signaled;
  }

 private:
  rumpuser_cv& cv_;
  std::uint32_t seen_;
};

/// The order in which CPU and mutex are taken back is part of the interface. Those of a mutex that
/// spins and has owners are taken with the CPU held, so the CPU comes first; with others a thread
/// that holds the CPU gives it up to wait.
///
/// Where the kernel has only a CPU to take back, such a mutex is kept all the same, but for waits
/// for the CPU. NetBSD's sleep queues need that on several CPUs: all sleepers share one condition
/// variable, so they wake for one another, and a sleeper which has the CPU and not yet the mutex
/// looks like one that is awake. Who wakes it just then leaves it to sleep on for ever.
void take_back(rumpuser_mtx& mutex, int nlocks) {
  if (mutex.spins() && mutex.tracks_owner() && nlocks == 0) {
    kept = &mutex;
    upcalls.hyp_backend_schedule(nlocks, &mutex);
    kept = nullptr;
    mutex.set_owner();
  } else if (mutex.spins() && mutex.tracks_owner()) {
    mutex.unlock();
    upcalls.hyp_backend_schedule(nlocks, &mutex);
    mutex.lock();
    mutex.set_owner();
  } else {
    mutex.set_owner();
    upcalls.hyp_backend_schedule(nlocks, &mutex);
  }
}

bool wait(rumpuser_cv& cv, rumpuser_mtx& mutex, const timespec* deadline) {
  Waiter waiter(cv);
  int nlocks = 0;
  upcalls.hyp_backend_unschedule(0, &nlocks, &mutex);
  mutex.clear_owner();
  about_to_sleep();
  const bool woken = waiter.sleep(mutex, deadline);
  take_back(mutex, nlocks);
  return woken;
}

}  // namespace

void rumpuser_cv_init(rumpuser_cv** cv) { *cv = make<rumpuser_cv>(); }

void rumpuser_cv_destroy(rumpuser_cv* cv) { delete cv; }

void rumpuser_cv_wait(rumpuser_cv* cv, rumpuser_mtx* mutex) { wait(*cv, *mutex, nullptr); }

void rumpuser_cv_wait_nowrap(rumpuser_cv* cv, rumpuser_mtx* mutex) {
  Waiter waiter(*cv);
  mutex->clear_owner();
  waiter.sleep(*mutex, nullptr);
  mutex->set_owner();
}

int rumpuser_cv_timedwait(rumpuser_cv* cv, rumpuser_mtx* mutex, int64_t sec, int64_t nsec) {
  const timespec deadline = monotonic_after(sec, nsec);
  return wait(*cv, *mutex, &deadline) ? 0 : NB_ETIMEDOUT;
}

void rumpuser_cv_signal(rumpuser_cv* cv) {
  cv->signals.fetch_add(1);
  if (cv->waiters.load() > 0) futex_wake_one(cv->signals);
}

void rumpuser_cv_broadcast(rumpuser_cv* cv) {
  cv->signals.fetch_add(1);
  if (cv->waiters.load() > 0) futex_wake_all(cv->signals);
}

void rumpuser_cv_has_waiters(rumpuser_cv* cv, int* waiters) { *waiters = cv->waiters.load(); }
