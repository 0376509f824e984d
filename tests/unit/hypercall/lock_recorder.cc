#include "lock_recorder.h"

#include <dlfcn.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>

namespace farcall::test::locks {
namespace {

struct Record {
  std::set<Order> orders;
  std::set<Order> lockers;  ///< a place in code, and the mutex that it locked
};

std::atomic<bool> is_recording = false;
std::atomic_flag record_is_taken;

/// Never destroyed: threads go on.
Record& the_record() {
  static Record& record = *new Record;
  return record;
}

/// With a lock of its own kind, which is not recorded.
template <class Use>
void with_record(Use&& use) {
  while (record_is_taken.test_and_set(std::memory_order_acquire)) {
  }
  use(the_record());
  record_is_taken.clear(std::memory_order_release);
}

/// The mutexes that this thread holds.
class Held {
 public:
  void add(const void* mutex) {
    if (count_ == mutexes_.size()) std::abort();
    mutexes_[count_++] = mutex;
  }
  void remove(const void* mutex) {
    const auto end = mutexes_.begin() + count_;
    const auto found = std::find(mutexes_.begin(), end, mutex);
    if (found == end) return;  // it was taken before anything was recorded
    std::copy(found + 1, end, found);
    --count_;
  }
  void note_wanted(const void* mutex, const void* by) const {
    with_record([&](Record& record) {
      for (std::size_t i = 0; i < count_; ++i) record.orders.insert({mutexes_[i], mutex});
      record.lockers.insert({by, mutex});
    });
  }

 private:
  std::array<const void*, 32> mutexes_{};
  std::size_t count_ = 0;
};
thread_local Held held_here;

[[maybe_unused]] void before_lock(const void* mutex, const void* by) {
  if (is_recording) held_here.note_wanted(mutex, by);
}
[[maybe_unused]] void after_lock(const void* mutex) {
  if (is_recording) held_here.add(mutex);
}
[[maybe_unused]] void before_unlock(const void* mutex) { held_here.remove(mutex); }

/// Walks along `orders` from the last of `path`; true when it has come back to the first.
bool comes_back(const std::set<Order>& orders, std::vector<const void*>& path,
                std::set<const void*>& visited) {
  const void* const last = path.back();
  for (auto next = orders.lower_bound({last, nullptr}); next != orders.end() && next->held == last;
       ++next) {
    if (next->wanted == path.front()) return true;
    if (!visited.insert(next->wanted).second) continue;
    path.push_back(next->wanted);
    if (comes_back(orders, path, visited)) return true;
    path.pop_back();
  }
  return false;
}

}  // namespace

void start_recording() {
  with_record([](Record& record) { record = {}; });
  is_recording = true;
}

std::set<Order> stop_recording() {
  is_recording = false;
  std::set<Order> orders;
  with_record([&](Record& record) { orders = record.orders; });
  return orders;
}

std::set<const void*> locked_by_library_of(const void* function) {
  std::set<Order> lockers;
  with_record([&](Record& record) { lockers = record.lockers; });
  Dl_info library{};
  dladdr(function, &library);
  std::set<const void*> mutexes;
  for (const auto& [by, mutex] : lockers) {
    Dl_info locker{};
    if (dladdr(by, &locker) != 0 && locker.dli_fbase == library.dli_fbase) mutexes.insert(mutex);
  }
  return mutexes;
}

std::vector<const void*> find_circle(const std::set<Order>& orders) {
  for (const Order& order : orders) {
    std::vector<const void*> path = {order.held};
    std::set<const void*> visited;
    if (comes_back(orders, path, visited)) return path;
  }
  return {};
}

}  // namespace farcall::test::locks

#ifndef __SANITIZE_THREAD__

namespace {

using MutexFunction = int (*)(pthread_mutex_t*);

/// The C library's.
MutexFunction next(const char* name) {
  return reinterpret_cast<MutexFunction>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" [[gnu::visibility("default")]] int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  static const MutexFunction lock = next("pthread_mutex_lock");
  farcall::test::locks::before_lock(mutex, __builtin_return_address(0));
  const int error = lock(mutex);
  if (error == 0) farcall::test::locks::after_lock(mutex);
  return error;
}

extern "C" [[gnu::visibility("default")]] int pthread_mutex_trylock(
    pthread_mutex_t* mutex) noexcept {
  static const MutexFunction try_lock = next("pthread_mutex_trylock");
  const int error = try_lock(mutex);
  if (error == 0) farcall::test::locks::after_lock(mutex);
  return error;
}

extern "C" [[gnu::visibility("default")]] int pthread_mutex_unlock(
    pthread_mutex_t* mutex) noexcept {
  static const MutexFunction unlock = next("pthread_mutex_unlock");
  farcall::test::locks::before_unlock(mutex);
  return unlock(mutex);
}

#endif
