#include "local_helper.h"

#include <pthread.h>

#include <cerrno>
#include <new>

#include "descriptors.h"
#include "netbsd/constants.h"

namespace farcall::client::local {
namespace {

constinit Mutex list_mutex;
constinit Helper* idle_helpers = nullptr;

/// An interrupt that finds its call not yet asleep, is repeated.
constexpr timespec kRepeat{0, 10'000'000};

bool failed(long result) { return result < 0 && result > -4096; }

}  // namespace

Helper* Helper::take() {
  {
    const Guard guard(list_mutex);
    if (Helper* helper = idle_helpers; helper != nullptr) {
      idle_helpers = helper->next_idle_;
      return helper;
    }
  }
  const long memory = host::map_memory(sizeof(Helper));
  if (failed(memory)) return nullptr;
  auto* helper = new (reinterpret_cast<void*>(memory)) Helper;
  if (helper->start()) return helper;
  if (helper->event_ >= 0) close_own(helper->event_);
  host::unmap_memory(helper, sizeof(Helper));
  return nullptr;
}

bool Helper::start() {
  event_ = move_high(static_cast<int>(host::eventfd(0, O_CLOEXEC | O_NONBLOCK)));
  if (event_ < 0) return false;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, run, this);
  pthread_attr_destroy(&attributes);
  return error == 0;
}

void Helper::give_back() {
  std::uint64_t ends = 0;
  host::read(event_, &ends, sizeof ends);
  interrupted_ = false;
  state_ = idle;
  const Guard guard(list_mutex);
  next_idle_ = idle_helpers;
  idle_helpers = this;
}

void* Helper::run(void* self) {
  static_cast<Helper*>(self)->serve();
  return nullptr;
}

void Helper::serve() {
  for (;;) {
    for (auto seen = state_.load(); seen != requested; seen = state_.load()) {
      host::futex_wait(state_, seen, nullptr);
    }
    make_call();
    // Before the end is known, so that whoever sees the end can take it away again.
    const std::uint64_t one = 1;
    host::write(event_, &one, sizeof one);
    state_ = ended;
    host::futex_wake(state_, 1);
  }
}

void Helper::make_call() {
  {
    const Guard guard(mutex_);
    calling_ = own_caller();
    was_interrupted_ = false;
  }
  if (calling_.thread == nullptr) {
    outcome_ = {.error = NB_EAGAIN, .retval = {}};
    return;
  }
  outcome_ = call_kernel(arguments_);
  const Guard guard(mutex_);
  calling_ = {};
  if (was_interrupted_) forget_interrupt();
}

void Helper::begin(const Arguments& arguments) {
  arguments_ = arguments;
  state_ = requested;
  host::futex_wake(state_, 1);
}

bool Helper::has_ended() const { return state_ == ended; }

void Helper::interrupt() {
  interrupted_ = true;
  const Guard guard(mutex_);
  if (calling_.thread == nullptr) return;
  was_interrupted_ = true;
  local::interrupt(calling_);
}

void Helper::wait(Patience patience, host::SignalSet open) {
  while (!has_ended()) {
    if (interrupted_) {
      interrupt();
      host::futex_wait(state_, requested, &kRepeat);
      continue;
    }
    if (sleep(patience, open) == -EINTR && patience != Patience::steadfast) interrupted_ = true;
  }
}

long Helper::sleep(Patience patience, host::SignalSet open) {
  if (patience == Patience::once) {
    // Together with the mask, so that a signal that came before ends the sleep, too.
    pollfd entry{event_, POLLIN, 0};
    const long ready = host::ppoll(&entry, 1, nullptr, &open);
    // The event comes a moment before the end.
    return ready > 0 ? host::futex_wait(state_, requested, nullptr) : ready;
  }
  host::set_signal_mask(open);
  const long woken = host::futex_wait(state_, requested, nullptr);
  host::set_signal_mask(host::kAllSignals);
  return woken;
}

}  // namespace farcall::client::local
