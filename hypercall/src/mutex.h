// struct rumpuser_mtx, which condition variables wait with.
#pragma once

#include <pthread.h>

#include <atomic>

#include "rump/rumpuser.h"

/// On a cache line of its own, because those of a kernel are taken by all its threads.
struct alignas(64) rumpuser_mtx {
  explicit rumpuser_mtx(int mutex_flags);
  ~rumpuser_mtx();
  rumpuser_mtx(const rumpuser_mtx&) = delete;
  rumpuser_mtx& operator=(const rumpuser_mtx&) = delete;

  /// Blocks. These three leave the owner alone.
  void lock();
  bool try_lock();
  void unlock();

  [[nodiscard]] bool spins() const { return (flags & RUMPUSER_MTX_SPIN) != 0; }
  [[nodiscard]] bool tracks_owner() const { return (flags & RUMPUSER_MTX_KMUTEX) != 0; }

  void set_owner() {
    if (tracks_owner()) owner.store(rumpuser_curlwp(), std::memory_order_relaxed);
  }
  void clear_owner() {
    if (tracks_owner()) owner.store(nullptr, std::memory_order_relaxed);
  }

  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  const int flags;
  std::atomic<lwp*> owner = nullptr;
};
