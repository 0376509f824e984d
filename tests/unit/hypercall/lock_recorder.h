// Which mutex is locked while which others are held, anywhere in the process: this program's own
// pthread_mutex_lock comes before the C library's. In a build for ThreadSanitizer, which does the
// same by itself, nothing is recorded.
#pragma once

#include <set>
#include <tuple>
#include <vector>

namespace farcall::test::locks {

/// A thread waits for `wanted` while it holds `held`. An attempt that does not wait is none.
struct Order {
  const void* held;
  const void* wanted;
  friend bool operator<(const Order& a, const Order& b) {
    return std::tie(a.held, a.wanted) < std::tie(b.held, b.wanted);
  }
};

/// What all threads do from now on. Mutexes must not be destroyed until the end.
void start_recording();
/// What was seen, each once.
std::set<Order> stop_recording();

/// The mutexes that code of the shared object with `function` locked itself.
std::set<const void*> locked_by_library_of(const void* function);

/// Mutexes that are wanted in a circle, in its order; none if there is no such circle.
std::vector<const void*> find_circle(const std::set<Order>& orders);

}  // namespace farcall::test::locks
