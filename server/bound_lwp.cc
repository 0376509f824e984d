#include "server/bound_lwp.h"

#include <array>
#include <utility>

namespace farcall::server {
namespace {

using Numbers = std::array<bool, kMaxSyscall + 1>;

consteval Numbers interruptible_calls() {
  Numbers numbers{};
  for (const auto& call : kSyscalls) {
    numbers[static_cast<std::size_t>(call.number)] = call.sleeps == Sleeps::interruptible;
  }
  return numbers;
}
constexpr Numbers kInterruptible = interruptible_calls();

}  // namespace

thread_local BoundLwp* BoundLwp::worn_ = nullptr;

Result<void> BoundLwp::bind() {
  if (own_ != nullptr) {
    switch_to(own_);
    return {};
  }
  FARCALL_ASSIGN(own_, session_.process().bind_lwp());
  set_bound(own_);
  return {};
}

void BoundLwp::unbind() {
  if (stand_in_) drop_stand_in();
  if (own_ == nullptr) return;
  switch_to(own_);
  session_.process().release_lwp();
  own_ = nullptr;
  set_bound(nullptr);
}

void BoundLwp::leave() {
  if (bound_ == nullptr || worn_ != this) return;
  switch_to(nullptr);
}

Result<void> BoundLwp::bind_for(std::uint32_t number) {
  if (can_interrupt_ || !kInterruptible[number]) return bind();
  return bind_stand_in();
}

Result<void> BoundLwp::bind_stand_in() {
  if (stand_in_ && stand_in_->is_used_up()) drop_stand_in();
  if (!stand_in_) {
    FARCALL_TRY(bind());
    FARCALL_ASSIGN(stand_in_, StandIn::create(session_.process()));
    set_bound(stand_in_->own_lwp());
  }
  switch_to(stand_in_->own_lwp());
  return {};
}

void BoundLwp::switch_to(lwp* target) {
  if (bound_ != target) session_.process().switch_to(target);
  set_bound(target);
}

// The calling thread has become `bound`, and is nothing else.
void BoundLwp::set_bound(lwp* bound) {
  if (worn_ != nullptr && worn_ != this) worn_->bound_ = nullptr;
  worn_ = bound == nullptr ? nullptr : this;
  bound_ = bound;
}

void BoundLwp::drop_stand_in() {
  switch_to(stand_in_->own_lwp());
  stand_in_.reset();
  set_bound(nullptr);
}

}  // namespace farcall::server
