#include <algorithm>
#include <cassert>

#include "kernel/core/cpu.h"
#include "kernel/core/proc.h"
#include "netbsd/constants.h"

namespace farcall::kernel {
namespace {

// Longer sleeps are made of several, so that no host's time arithmetic overflows.
constexpr Nanoseconds kLongestWait = 3'600'000'000'000;

}  // namespace

WaitQueue::~WaitQueue() { assert(first_ == nullptr); }

void WaitQueue::add(Lwp& lwp) {
  lwp.sleeping_on_ = this;
  lwp.previous_ = nullptr;
  lwp.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &lwp;
  first_ = &lwp;
}

void WaitQueue::remove(Lwp& lwp) {
  (lwp.previous_ != nullptr ? lwp.previous_->next_ : first_) = lwp.next_;
  if (lwp.next_ != nullptr) lwp.next_->previous_ = lwp.previous_;
  lwp.sleeping_on_ = nullptr;
}

Result<void> WaitQueue::sleep(Deadline deadline) {
  Lwp& self = current_lwp();
  add(self);
  int error = 0;
  while (self.sleeping_on_ == this && error == 0) {
    std::optional<Nanoseconds> limit;
    if (deadline) limit = std::min(*deadline - monotonic_now(), kLongestWait);
    if (self.must_not_sleep()) {
      error = NB_EINTR;
    } else if (limit && *limit <= 0) {
      error = NB_EWOULDBLOCK;
    } else {
      self.block(limit);
    }
  }
  if (self.sleeping_on_ == nullptr) return {};
  remove(self);
  return Error{error};
}

void WaitQueue::sleep_uninterruptible() {
  Lwp& self = current_lwp();
  add(self);
  while (self.sleeping_on_ == this) self.block(std::nullopt);
}

void WaitQueue::wake_all() {
  while (first_ != nullptr) {
    Lwp& lwp = *first_;
    remove(lwp);
    lwp.wake();
  }
}

void Lwp::block(std::optional<Nanoseconds> limit) {
  if (cv_ == nullptr) rumpuser_cv_init(&cv_);
  cpu_wait(cv_, limit);
}

void Lwp::wake() {
  if (cv_ != nullptr) rumpuser_cv_signal(cv_);
}

void Lwp::interrupt() {
  interrupted = true;
  if (sleeping_on_ != nullptr) wake();
}

}  // namespace farcall::kernel
