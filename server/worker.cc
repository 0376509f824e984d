#include "server/worker.h"

#include <algorithm>
#include <span>
#include <utility>

#include "server/executing.h"

namespace farcall::server {

using sysproxy::FrameType;
using sysproxy::HandshakeKind;
using sysproxy::WireError;

namespace {

template <class Record>
std::span<const std::byte> bytes_of(const Record& record) {
  return std::as_bytes(std::span(&record, 1));
}

}  // namespace

Worker::Worker(std::shared_ptr<Session> session)
    : session_(std::move(session)),
      kernel_(session_->services().kernel),
      bound_(*session_),
      asked_(session_->data_budget(), session_->services().data) {}

void Worker::run() {
  kernel_.set_sleep_hook([](void* session) { static_cast<Session*>(session)->about_to_sleep(); },
                         session_.get());
  while (auto request = session_->next_request()) {
    follow(*request);
    {
      const ExecutingScope scope(*session_, *request);
      execute(*request);
    }
    session_->complete(*request);
  }
  bound_.unbind();
  kernel_.set_sleep_hook(nullptr, nullptr);
  session_->worker_left();
}

// Where the client's lone thread runs, a wake-up costs least. Not after one that the host moves
// about: to follow it at each call would cost as much. Of much data one end sends while the other
// receives.
void Worker::follow(const Request& request) {
  constexpr unsigned kSettled = 8;
  const bool stays = request.client_cpu == std::exchange(client_cpu_, request.client_cpu);
  stays_ = stays ? std::min(stays_ + 1, kSettled) : 0;
  if (request.client_cpu == 0) {
    placement_.roam();
  } else if (request.stream_data && !request.stream_data->is_whole) {
    placement_.leave(request.client_cpu - 1);
  } else if (stays_ == kSettled) {
    placement_.join(request.client_cpu - 1);
  }
}

void Worker::execute(Request& request) {
  if (request.is_syscall()) return system_call(request);
  if (request.header.type == FrameType::prefork) return prefork(request);
  switch (request.handshake()) {
    case HandshakeKind::guest:
      return guest(request);
    case HandshakeKind::fork:
      return adopt(request);
    default:
      return exec(request);
  }
}

void Worker::system_call(Request& request) {
  StreamData* const data = request.stream_data.get();
  if (data != nullptr) {
    request.data = &data->begin_call(request.header.detail);
  } else if (session_->memory() == nullptr) {
    request.asked = &asked_;
    request.data = &asked_.begin(request);
  }
  const auto response = bound_.execute(
      request, [&](const Executor& executor) { session_->begin_execution(request, executor); },
      [&] { session_->end_execution(request); });
  if (request.asked != nullptr) {
    session_->answer_with_copies(request, bytes_of(response), *request.data);
    return asked_.end();
  }
  if (data == nullptr) return session_->answer(request, bytes_of(response));
  session_->answer(request, data->answer_head(response), request.data->output_bytes());
  session_->end_arrival(request);
}

void Worker::prefork(Request& request) {
  auto& services = session_->services();
  const auto fail = [&](WireError error) {
    session_->settle(request);
    session_->answer_error(request.header, error);
  };
  if (!services.preforks.has_room(session_->id())) return fail(WireError::try_again);
  if (!bound_.bind()) return fail(WireError::rfork_failed);
  auto child = session_->process().fork(services.clients.create());
  if (!child) return fail(WireError::rfork_failed);
  const auto cookie = services.preforks.add(session_->id(), std::move(*child));
  services.prefork_changed();
  session_->answer(request, bytes_of(cookie));
}

void Worker::guest(Request& request) {
  auto& services = session_->services();
  auto process = KernelProcess::create(*kernel_.up, services.clients.create(), request.name);
  if (!process) {
    return session_->refuse(request.header, WireError::rfork_failed, "the kernel makes no process");
  }
  session_->handshake_done(std::move(*process));
  answer_handshake(request);
}

void Worker::adopt(Request& request) {
  session_->handshake_done(std::move(request.prepared));
  answer_handshake(request);
}

void Worker::exec(Request& request) {
  bound_.unbind();
  session_->process().end_lwps();
  session_->wait_for_other_workers();
  session_->process().exec(request.name);
  answer_handshake(request);
  session_->exec_done();
}

void Worker::answer_handshake(Request& request) {
  const std::int32_t error = 0;
  session_->answer(request, bytes_of(error));
}

}  // namespace farcall::server
