#include "server/stand_in.h"

#include <utility>

namespace farcall::server {

Result<std::unique_ptr<StandIn>> StandIn::create(KernelProcess& client) {
  auto process = client.share();
  if (!process) return Error{process.code()};
  std::unique_ptr<StandIn> made(new StandIn(client, std::move(*process)));
  FARCALL_TRY(client.add(*made));
  FARCALL_ASSIGN(made->lwp_, made->process_->bind_lwp());
  return made;
}

StandIn::~StandIn() {
  client_.remove(*this);
  static_cast<void>(is_used_up());
  if (lwp_ != nullptr) process_->release_lwp();
}

bool StandIn::is_used_up() {
  std::unique_lock lock(mutex_);
  over_.wait(lock, [this] { return announced_ == 0; });
  return used_up_;
}

void StandIn::announce_interrupt() {
  const std::lock_guard lock(mutex_);
  ++announced_;
}

void StandIn::interrupt() {
  process_->end_lwps();
  const std::lock_guard lock(mutex_);
  used_up_ = true;
  --announced_;
  over_.notify_one();
}

StandIn* interrupt(const KernelInterface& kernel, const Executor& executor) {
  if (executor.stand_in == nullptr) {
    interrupt_lwp(kernel, executor.target);
    return nullptr;
  }
  executor.stand_in->announce_interrupt();
  return executor.stand_in;
}

}  // namespace farcall::server
