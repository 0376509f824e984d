#include "server/session.h"

#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "server/channel.h"

namespace farcall::server {

using sysproxy::FrameClass;
using sysproxy::FrameHeader;
using sysproxy::FrameType;
using sysproxy::WireError;

namespace {

/// The same machine is at both ends.
bool is_near(int fd) {
  union {
    sockaddr any;
    sockaddr_in ipv4;
    sockaddr_in6 ipv6;
    sockaddr_storage room;
  } own{}, peer{};
  socklen_t own_size = sizeof(own);
  socklen_t peer_size = sizeof(peer);
  if (getsockname(fd, &own.any, &own_size) == -1) return false;
  if (own.any.sa_family == AF_UNIX) return true;
  if (getpeername(fd, &peer.any, &peer_size) == -1) return false;
  if (own.any.sa_family == AF_INET) return own.ipv4.sin_addr.s_addr == peer.ipv4.sin_addr.s_addr;
  return IN6_ARE_ADDR_EQUAL(&own.ipv6.sin6_addr, &peer.ipv6.sin6_addr);
}

}  // namespace

Session::Session(Services& services, SessionId id, int fd, std::string peer, Origin origin)
    : services_(services),
      id_(id),
      fd_(fd),
      peer_(std::move(peer)),
      origin_(origin),
      is_near_(is_near(fd)),
      sender_(fd, [this] { about_to_sleep(); }) {}

Session::~Session() { ::close(fd_); }

void Session::start(std::string_view banner) {
  spdlog::debug("{}: connected", peer_);
  // The socket is new, so it takes the whole banner or none of it.
  const auto sent = send(fd_, banner.data(), banner.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(banner.size())) return close("it took no banner");
  if (!services_.watch.add(fd_, id_)) return close("the host watches no more sockets");
  const std::lock_guard lock(mutex_);
  give_turn_to_io_locked();
}

ClientReport Session::report() {
  ucred credentials{};
  socklen_t length = sizeof(credentials);
  // Without an answer the peer is on another machine.
  if (origin_ == Origin::accepted) {
    static_cast<void>(getsockopt(fd_, SOL_SOCKET, SO_PEERCRED, &credentials, &length));
  }
  ClientReport report{.id = id_,
                      .peer = peer_,
                      .host_pid = credentials.pid,
                      .connected = std::chrono::steady_clock::now() - connected_,
                      .activity = activity_.total()};
  const std::lock_guard lock(mutex_);
  report.process = kernel_pid_;
  report.program = program_;
  for (const Request* request : under_way_) {
    if (request->is_syscall()) {
      report.under_way.push_back(request->header.detail);
    }
  }
  for (const auto& channel : channels_) {
    if (const auto number = channel->executing()) report.under_way.push_back(*number);
  }
  return report;
}

void Session::handshake_time_over() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || phase_ != Phase::greeting) return;
  }
  refuse(FrameHeader{}, WireError::auth, "no handshake came in time");
}

void Session::close_when_idle() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (is_busy_locked()) return;
  }
  close("the server stops");
}

bool Session::is_busy_locked() const {
  return executing_ != 0 || !queue_.empty() ||
         std::ranges::any_of(channels_, [](const auto& channel) { return channel->is_busy(); });
}

void Session::close(std::string_view why) {
  bool busy;
  bool over;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    busy = executing_ != 0 || !channels_.empty();
    over = workers_ == 0;
    end_upgrade_locked();
    work_.notify_all();
    answers_.notify_all();
  }
  spdlog::debug("{}: disconnected: {}", peer_, why);
  shutdown(fd_, SHUT_RDWR);
  auto self = shared_from_this();
  if (over) {
    boost::asio::post(services_.chores, [self] { self->finish(); });
  } else if (busy) {
    boost::asio::post(services_.chores, [self] { self->end_calls(); });
  }
}

void Session::refuse(const FrameHeader& header, WireError error, std::string_view why) {
  spdlog::warn("{}: {}; the client is dropped", peer_, why);
  answer_error(header, error);
  close(why);
}

void Session::answer_error(const FrameHeader& header, WireError error) {
  FrameHeader answer{};
  answer.request = header.request;
  answer.frame_class = FrameClass::error;
  answer.type = header.type;
  answer.detail = static_cast<std::uint32_t>(error);
  if (!sender_.send_soon(answer)) close("it does not read");
}

void Session::raise(int number, Request* request) {
  if (request != nullptr && request->channel != nullptr && request->signal == 0) {
    request->signal = number;
    return;
  }
  FrameHeader header{};
  header.request = request == nullptr ? 0 : request->header.request;
  header.frame_class = FrameClass::request;
  header.type = FrameType::raise;
  header.detail = static_cast<std::uint32_t>(number);
  if (!sender_.send_soon(header)) return close("it does not read");
  const std::lock_guard lock(mutex_);
  call_attention_locked();
}

void Session::handshake_done(std::unique_ptr<KernelProcess> process) {
  if (process) services_.clients.attach(process->client(), shared_from_this());
  const std::lock_guard lock(mutex_);
  process_ = std::move(process);
  if (process_) {
    kernel_pid_ = process_->pid();
    program_ = process_->command();
  }
  phase_ = Phase::running;
  exclusive_ = false;
}

void Session::wait_for_other_workers() {
  std::unique_lock lock(mutex_);
  work_.notify_all();
  answers_.notify_all();
  workers_changed_.wait(lock, [this] { return workers_ == 1; });
}

void Session::exec_done() {
  const std::lock_guard lock(mutex_);
  program_ = process_->command();
  exclusive_ = false;
}

void Session::worker_left() {
  {
    const std::lock_guard lock(mutex_);
    if (!leave_locked()) return;
  }
  boost::asio::post(services_.chores, [self = shared_from_this()] { self->finish(); });
}

// True when it was the last one, of a client that is gone.
bool Session::leave_locked() {
  --workers_;
  workers_changed_.notify_all();
  return closed_ && workers_ == 0;
}

// A chore.
void Session::end_calls() {
  KernelProcess* process;
  {
    const std::lock_guard lock(mutex_);
    process = process_.get();
  }
  // It stays: finish() is a chore as well.
  if (process != nullptr) process->end_lwps();
}

// A chore, after the last worker.
void Session::finish() {
  std::deque<std::unique_ptr<Request>> never_begun;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& request : queue_) forget_locked(*request);
    never_begun.swap(queue_);
  }
  services_.preforks.orphan(id_);
  services_.prefork_changed();
  if (process_) services_.clients.remove(process_->client());
  process_.reset();
  services_.session_over(id_);
}

}  // namespace farcall::server
