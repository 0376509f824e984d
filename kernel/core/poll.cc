#include "kernel/core/poll.h"

namespace farcall::kernel {

PollWaiter::~PollWaiter() { unsubscribe(); }

void PollWaiter::subscribe(PollSource& source) {
  unsubscribe();
  source_ = &source;
  next_ = source.waiters_;
  if (next_ != nullptr) next_->previous_ = this;
  source.waiters_ = this;
}

void PollWaiter::unsubscribe() {
  if (source_ == nullptr) return;
  (previous_ != nullptr ? previous_->next_ : source_->waiters_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  source_ = nullptr;
  previous_ = next_ = nullptr;
}

PollSource::~PollSource() {
  while (waiters_ != nullptr) waiters_->unsubscribe();
}

void PollSource::notify() {
  for (PollWaiter* waiter = waiters_; waiter != nullptr;) {
    PollWaiter* next = waiter->next_;  // ready() may end the waiter's subscription
    waiter->ready();
    waiter = next;
  }
}

}  // namespace farcall::kernel
