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

struct Start {
  const char* name;
  std::function<void()> body;
};

void* run(void* arg) {
  const std::unique_ptr<Start> start(static_cast<Start*>(arg));
  pthread_setname_np(pthread_self(), start->name);
  start->body();
  return nullptr;
}

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

Result<void> start_thread(const char* name, std::function<void()> body) {
  auto start = std::make_unique<Start>(Start{name, std::move(body)});
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, kStackSize);
  const SignalsBlocked blocked;
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, run, start.get());
  pthread_attr_destroy(&attributes);
  if (error != 0) return Error{error};
  static_cast<void>(start.release());
  return {};
}

}  // namespace farcall::server
