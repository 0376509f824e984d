// Mutexes.
#include "mutex.h"

#include <cassert>

#include "fatal.h"
#include "netbsd/constants.h"
#include "upcalls.h"

using farcall::hypercall::fatal;
using farcall::hypercall::make;
using farcall::hypercall::must;

// A spin mutex is held for moments, so a short wait for it is cheaper awake.
rumpuser_mtx::rumpuser_mtx(int mutex_flags) : flags(mutex_flags) {
  if (spins()) mutex = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
}

rumpuser_mtx::~rumpuser_mtx() { must(pthread_mutex_destroy(&mutex), "destroying a mutex"); }

void rumpuser_mtx::lock() { must(pthread_mutex_lock(&mutex), "locking a mutex"); }

bool rumpuser_mtx::try_lock() { return pthread_mutex_trylock(&mutex) == 0; }

void rumpuser_mtx::unlock() { must(pthread_mutex_unlock(&mutex), "unlocking a mutex"); }

void rumpuser_mutex_init(rumpuser_mtx** mutex, int flags) {
  assert((flags & (RUMPUSER_MTX_SPIN | RUMPUSER_MTX_KMUTEX)) != 0);
  *mutex = make<rumpuser_mtx>(flags);
}

void rumpuser_mutex_enter(rumpuser_mtx* mutex) {
  if (mutex->spins()) {
    mutex->lock();
  } else if (!mutex->try_lock()) {
    // Whoever holds it may need our CPU to get as far as releasing it.
    farcall::hypercall::without_cpu([mutex] { mutex->lock(); });
  }
  mutex->set_owner();
}

void rumpuser_mutex_enter_nowrap(rumpuser_mtx* mutex) {
  mutex->lock();
  mutex->set_owner();
}

int rumpuser_mutex_tryenter(rumpuser_mtx* mutex) {
  if (!mutex->try_lock()) return NB_EBUSY;
  mutex->set_owner();
  return 0;
}

void rumpuser_mutex_exit(rumpuser_mtx* mutex) {
  mutex->clear_owner();
  mutex->unlock();
}

void rumpuser_mutex_destroy(rumpuser_mtx* mutex) { delete mutex; }

void rumpuser_mutex_owner(rumpuser_mtx* mutex, lwp** owner) {
  if (!mutex->tracks_owner())
    fatal("the owner was asked of a mutex made without RUMPUSER_MTX_KMUTEX");
  *owner = mutex->owner.load(std::memory_order_relaxed);
}
