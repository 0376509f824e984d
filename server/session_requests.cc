// Session: requests, from the frame to the worker, and what ends them early.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>
#include <utility>

#include "farcall/hypercall.h"
#include "server/session.h"
#include "server/worker.h"

namespace farcall::server {

using sysproxy::FrameType;
using sysproxy::HandshakeKind;
using sysproxy::WireError;

// Of the frame that was just read. nullptr: it was bad, the connection is closed.
std::unique_ptr<Request> Session::make_request() {
  auto request = std::make_unique<Request>();
  request->header = reader_.header();
  if (request->header.type == FrameType::call) {
    request->stream_data = std::move(incoming_);
    request->args = request->stream_data->arguments();
    return request;
  }
  const auto body = std::span(body_).first(reader_.body_length());
  if (request->header.type == FrameType::syscall) {
    std::memcpy(request->args.data(), body.data(), body.size());
  } else if (request->header.type == FrameType::handshake) {
    if (request->handshake() == HandshakeKind::fork) {
      if (!read_fork_handshake(*request)) return nullptr;
    } else {
      const auto* name = reinterpret_cast<const char*>(body.data());
      request->name.assign(name, strnlen(name, body.size()));
    }
  }
  return request;
}

bool Session::read_fork_handshake(Request& request) {
  sysproxy::ForkHandshake handshake;
  std::memcpy(&handshake, body_.data(), sizeof(handshake));
  request.prepared = services_.preforks.take(handshake.cookie);
  if (!request.prepared) {
    refuse(request.header, WireError::invalid_prefork, "a fork handshake has no valid cookie");
    return false;
  }
  if (handshake.cancel == 0) return true;
  boost::asio::post(services_.chores, [process = std::move(request.prepared)] {});
  close("it cancelled a fork");
  return false;
}

bool Session::admit(Request& request) {
  // Data has budgets of its own.
  const std::size_t size = sizeof(Request) + (request.stream_data ? 0 : request.header.length);
  const std::lock_guard lock(mutex_);
  if (under_way_.size() >= services_.limits.max_calls) return false;
  // An answer on its way is no call under way, as its client may have seen it already; but a client
  // that does not read has workers that wait with theirs. The factor is for those just sent.
  if (workers_ - channels_.size() - parked_ > 2 * services_.limits.max_calls) return false;
  if (held_ + size > services_.limits.max_held || !services_.held.take(size)) return false;
  held_ += size;
  request.held = size;
  // Of several threads in turn each may be elsewhere; those whose calls sleep do not matter.
  if (is_near_ && find_locked(last_admitted_) == nullptr) {
    request.client_cpu = sysproxy::request_cpu(request.header.request);
  }
  last_admitted_ = request.header.request;
  under_way_.push_back(&request);
  if (request.header.type == FrameType::handshake) {
    exclusive_ = true;
    if (phase_ == Phase::greeting) {
      phase_ = Phase::handshake;
    } else {
      cancel_others_locked(request);
    }
  }
  return true;
}

// An exec has come: nobody waits for the other calls any more.
void Session::cancel_others_locked(const Request& exec) {
  for (Request* other : under_way_) other->cancelled = other != &exec;
  for (const auto& queued : queue_) forget_locked(*queued);
  queue_.clear();
  end_upgrade_locked();
  answers_.notify_all();
}

void Session::forget_locked(Request& request) {
  if (std::erase(under_way_, &request) == 0) return;
  held_ -= request.held;
  services_.held.give_back(request.held);
}

void Session::enqueue(std::unique_ptr<Request> request) {
  {
    std::unique_lock lock(mutex_);
    if (closed_) {
      forget_locked(*request);
      lock.unlock();
      return discard(std::move(request));
    }
    queue_.push_back(std::move(request));
    if (parked_ >= queue_.size()) {
      work_.notify_one();
      return;
    }
    ++workers_;
  }
  start_worker();
}

void Session::start_worker() {
  auto started = services_.workers.start("farcall-worker",
                                         [self = shared_from_this()] { Worker(self).run(); });
  if (started) return;
  // Another worker may come to what is queued; without any, nobody would.
  bool alone;
  {
    const std::lock_guard lock(mutex_);
    alone = workers_ - channels_.size() == 1;
  }
  spdlog::warn("{}: the host gives no thread: {}", peer_, strerror(started.code()));
  if (alone) close("there is no thread for it");
  worker_left();
}

void Session::settle(Request& request) {
  const std::lock_guard lock(mutex_);
  forget_locked(request);
}

void Session::complete(Request& request) {
  {
    const std::lock_guard lock(mutex_);
    forget_locked(request);
    --executing_;
    if (!stopping_ || is_busy_locked()) return;
  }
  close("the server stops");
}

// A request that is not under way: its kernel process, if it has one, is ended where that may take
// its time.
void Session::discard(std::unique_ptr<Request> request) {
  if (!request->prepared) return;
  boost::asio::post(services_.chores, [request = std::move(request)] {});
}

// ---- interrupts

Request* Session::find_locked(std::uint64_t number) {
  const auto found = std::find_if(under_way_.begin(), under_way_.end(), [&](Request* request) {
    return request->header.request == number && request->is_syscall();
  });
  return found == under_way_.end() ? nullptr : *found;
}

void Session::interrupt(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  Request* request = find_locked(number);
  if (request == nullptr) return interrupt_channel_locked(number);
  if (request->executor.target == nullptr) {
    request->interrupted = true;
    return;
  }
  boost::asio::post(services_.chores,
                    [self = shared_from_this(), number] { self->interrupt_executing(number); });
}

// A chore. With mutex_ held the call can neither begin nor end.
void Session::interrupt_executing(std::uint64_t number) {
  StandIn* stand_in = nullptr;
  {
    const CpuScope cpu(*services_.kernel.up);
    const std::lock_guard lock(mutex_);
    const Request* request = find_locked(number);
    if (request == nullptr || request->executor.target == nullptr) return;
    stand_in = server::interrupt(services_.kernel, request->executor);
  }
  if (stand_in != nullptr) stand_in->interrupt();
}

void Session::interrupt_at_begin(std::uint64_t number, const Executor& executor) {
  if (executor.stand_in == nullptr) return interrupt_lwp(services_.kernel, executor.target);
  boost::asio::post(services_.chores,
                    [self = shared_from_this(), number] { self->interrupt(number); });
}

void Session::begin_execution(Request& request, const Executor& executor) {
  const std::lock_guard lock(mutex_);
  request.executor = executor;
  if (request.interrupted) interrupt_at_begin(request.header.request, executor);
}

void Session::end_execution(Request& request) {
  const std::lock_guard lock(mutex_);
  request.executor = {};
}

}  // namespace farcall::server
