// Session: requests to the client, for calls that execute.
#include <algorithm>
#include <utility>

#include "netbsd/constants.h"
#include "server/session.h"

namespace farcall::server {
namespace {

/// True when no thread of the client awaits an answer on the connection for it, and none of the
/// server reads on when it has ended.
bool is_outside_stream(const Request* request) {
  return request == nullptr || request->channel != nullptr;
}

}  // namespace

Result<void> Session::fetch(Wanted& wanted, std::span<const std::byte> body,
                            const Request* request) {
  {
    const std::lock_guard lock(mutex_);
    if (is_lost_locked(wanted, request)) return Error{NB_EFAULT};
    wanted_.push_back(&wanted);
  }
  if (!sender_.send(wanted.header, body)) close("the connection broke");
  if (is_outside_stream(request)) {
    const std::lock_guard lock(mutex_);
    call_attention_locked();
  }
  await(wanted, request);
  if (!wanted.done || wanted.failed) return Error{NB_EFAULT};
  return {};
}

Result<void> Session::store(const sysproxy::FrameHeader& header, std::span<const std::byte> first,
                            std::span<const std::byte> second, const Request* request) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || (request != nullptr && request->cancelled)) return Error{NB_EFAULT};
  }
  if (!sender_.send(header, first, second)) {
    close("the connection broke");
    return Error{NB_EFAULT};
  }
  if (is_outside_stream(request)) {
    const std::lock_guard lock(mutex_);
    call_attention_locked();
  }
  return {};
}

// No answer will come. While a thread writes to the target, it must not go away.
bool Session::is_lost_locked(const Wanted& wanted, const Request* request) const {
  if (wanted.filling && turn_ == Turn::taken) return false;
  return closed_ || (request != nullptr && request->cancelled);
}

void Session::await(Wanted& wanted, const Request* request) {
  std::unique_lock lock(mutex_);
  while (!wanted.done && !is_lost_locked(wanted, request)) {
    if (turn_ == Turn::taken) {
      answers_.wait(lock);
      continue;
    }
    take_turn_locked();
    lock.unlock();
    read_until_done(wanted, request);
    lock.lock();
  }
  std::erase(wanted_, &wanted);
  if (filling_ == &wanted) filling_ = nullptr;
}

// Has the turn, and leaves it free, or with the Io thread when no worker of this session waits.
void Session::read_until_done(const Wanted& wanted, const Request* request) {
  for (;;) {
    std::unique_ptr<Request> other;
    const Arrival arrival = receive(true, other);
    if (arrival == Arrival::request && !pass_on(std::move(other))) return;
    const std::lock_guard lock(mutex_);
    if (!wanted.done && !is_lost_locked(wanted, request)) continue;
    if (is_outside_stream(request) && !closed_) {
      give_turn_to_io_locked();
    } else {
      free_turn_locked();
    }
    return;
  }
}

}  // namespace farcall::server
