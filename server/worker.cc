#include "server/worker.h"

#include <span>
#include <utility>

#include "netbsd/constants.h"
#include "netbsd/syscalls.h"

namespace farcall::server {

using sysproxy::FrameType;
using sysproxy::HandshakeKind;
using sysproxy::WireError;

namespace {

/// What the calling thread executes, for the copies that the kernel asks for meanwhile.
struct Executing {
  const Session* session = nullptr;
  Request* request = nullptr;
};
thread_local Executing executing;

template <class Record>
std::span<const std::byte> bytes_of(const Record& record) {
  return std::as_bytes(std::span(&record, 1));
}

}  // namespace

Worker::Worker(std::shared_ptr<Session> session)
    : session_(std::move(session)), kernel_(session_->services().kernel) {}

Request* Worker::current(const Session& session) {
  return executing.session == &session ? executing.request : nullptr;
}

void Worker::run() {
  kernel_.set_sleep_hook([](void* session) { static_cast<Session*>(session)->about_to_sleep(); },
                         session_.get());
  while (auto request = session_->next_request()) {
    executing = {session_.get(), request.get()};
    execute(*request);
    executing = {};
    session_->complete(*request);
  }
  unbind();
  kernel_.set_sleep_hook(nullptr, nullptr);
  session_->worker_left();
}

void Worker::execute(Request& request) {
  if (request.header.type == FrameType::syscall) return system_call(request);
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
  sysproxy::SyscallResponse response{};
  const std::uint32_t number = request.header.detail;
  if (number > static_cast<std::uint32_t>(kMaxSyscall)) {
    response.error = NB_ENOSYS;
  } else if (auto bound = bind(); !bound) {
    response.error = bound.code();
  } else {
    const auto& up = *kernel_.up;
    long result[2] = {0, 0};
    const CpuScope cpu(up);
    session_->begin_execution(request, up.hyp_lwproc_curlwp());
    response.error = up.hyp_syscall(static_cast<int>(number), request.args.data(), result);
    session_->end_execution(request);
    response.result[0] = result[0];
    response.result[1] = result[1];
  }
  session_->answer(request, bytes_of(response));
}

void Worker::prefork(Request& request) {
  auto& services = session_->services();
  const auto fail = [&](WireError error) {
    session_->settle(request);
    session_->answer_error(request.header, error);
  };
  if (!services.preforks.has_room(session_->id())) return fail(WireError::try_again);
  if (!bind()) return fail(WireError::rfork_failed);
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
  unbind();
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

Result<void> Worker::bind() {
  if (bound_) return {};
  FARCALL_TRY(session_->process().bind_lwp());
  bound_ = true;
  return {};
}

void Worker::unbind() {
  if (bound_) session_->process().release_lwp();
  bound_ = false;
}

}  // namespace farcall::server
