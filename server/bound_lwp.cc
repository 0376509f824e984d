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

Result<void> BoundLwp::bind() {
  if (own_ != nullptr) {
    switch_to(own_);
    return {};
  }
  FARCALL_ASSIGN(own_, session_.process().bind_lwp());
  bound_ = own_;
  return {};
}

void BoundLwp::unbind() {
  if (stand_in_) drop_stand_in();
  if (own_ == nullptr) return;
  switch_to(own_);
  session_.process().release_lwp();
  bound_ = own_ = nullptr;
}

Result<void> BoundLwp::bind_for(std::uint32_t number) {
  if (!kInterruptible[number] || can_interrupt_lwps(session_.services().kernel)) return bind();
  return bind_stand_in();
}

Result<void> BoundLwp::bind_stand_in() {
  if (stand_in_ && stand_in_->is_used_up()) drop_stand_in();
  if (!stand_in_) {
    FARCALL_TRY(bind());
    FARCALL_ASSIGN(stand_in_, StandIn::create(session_.process()));
    bound_ = stand_in_->own_lwp();
  }
  switch_to(stand_in_->own_lwp());
  return {};
}

void BoundLwp::switch_to(lwp* target) {
  if (bound_ != target) session_.process().switch_to(target);
  bound_ = target;
}

void BoundLwp::drop_stand_in() {
  switch_to(stand_in_->own_lwp());
  stand_in_.reset();
  bound_ = nullptr;
}

}  // namespace farcall::server
