#include "server/thread.h"

#include <pthread.h>

#include <csignal>
#include <cstddef>
#include <memory>
#include <utility>

namespace farcall::server {
namespace {

// System calls of the kernel run on it. Sanitized frames are several times as large.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kStackSize = std::size_t{1} << 20;
#else
constexpr std::size_t kStackSize = std::size_t{256} << 10;
#endif

/// Blocks all signals for the calling thread, and what it starts, while it exists.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

struct ThreadGroup::Start {
  ThreadGroup* group;
  const char* name;
  std::function<void()> body;
};

ThreadGroup::~ThreadGroup() {
  std::unique_lock lock(mutex_);
  empty_.wait(lock, [this] { return count_ == 0; });
}

void* ThreadGroup::run(void* arg) {
  std::unique_ptr<Start> start(static_cast<Start*>(arg));
  ThreadGroup* group = start->group;
  pthread_setname_np(pthread_self(), start->name);
  start->body();
  start.reset();
  group->ended();
  return nullptr;
}

void ThreadGroup::ended() {
  // With the lock: the group may be gone as soon as it is free.
  const std::lock_guard lock(mutex_);
  if (--count_ == 0) empty_.notify_all();
}

Result<void> ThreadGroup::start(const char* name, std::function<void()> body) {
  auto start = std::make_unique<Start>(Start{this, name, std::move(body)});
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, kStackSize);
  {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  const SignalsBlocked blocked;
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, run, start.get());
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    ended();
    return Error{error};
  }
  static_cast<void>(start.release());
  return {};
}

}  // namespace farcall::server
