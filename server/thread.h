// Threads with a small stack: a server has one or more of them for each client.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>

#include "farcall/result.h"

namespace farcall::server {

/// Threads that end by themselves. Safe from any thread.
class ThreadGroup {
 public:
  ThreadGroup() = default;
  /// Sleeps until all have ended.
  ~ThreadGroup();
  ThreadGroup(const ThreadGroup&) = delete;
  ThreadGroup& operator=(const ThreadGroup&) = delete;

  /// Runs `body` in a new thread with all signals blocked. `name` has at most 15 characters. The
  /// error is the host's errno (EAGAIN: no more threads).
  [[nodiscard]] Result<void> start(const char* name, std::function<void()> body);

 private:
  struct Start;
  static void* run(void* start);
  void ended();

  std::mutex mutex_;
  std::condition_variable empty_;
  std::size_t count_ = 0;
};

}  // namespace farcall::server
