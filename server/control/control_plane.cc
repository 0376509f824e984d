#include "server/control/control_plane.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <utility>

#include "farcall/url.h"

namespace farcall::server {
namespace {

constexpr std::size_t kMaxConnections = 16;
/// For the next command of who just gave one.
constexpr std::chrono::milliseconds kLinger{3'000};
constexpr std::chrono::milliseconds kForever{-1};

}  // namespace

ControlPlane::ControlPlane(Server& server, ProgramFacts facts, Start start)
    : server_(server),
      view_(server, std::move(facts)),
      start_(std::move(start)),
      wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

ControlPlane::~ControlPlane() {
  stop();
  close(wake_fd_);
}

std::optional<Complaint> ControlPlane::listen(const std::string& url) {
  const auto parsed = parse_url(url);
  if (!parsed || parsed->family() != AF_UNIX) {
    return Complaint{"'" + url + "' is no URL for control: unix://PATH, or none"};
  }
  return server_.listen_for_service(
      url, [this](int fd, const std::string& peer) { accepted(fd, peer); });
}

void ControlPlane::accepted(int fd, const std::string& peer) {
  fcntl(fd, F_SETFL, O_NONBLOCK);
  bool start = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || connections_ + accepted_.size() >= kMaxConnections) {
      spdlog::warn("{}: refused: there are {} control connections", peer, connections_);
      close(fd);
      return;
    }
    accepted_.push_back(fd);
    start = !std::exchange(serving_, true);
  }
  if (!start) return wake();
  const auto started = threads_.start("farcall-control", [this] { serve(); });
  if (started) return;
  spdlog::warn("{}: the host gives no thread for control: {}", peer, strerror(started.code()));
  hang_up_on_all();
  const std::lock_guard lock(mutex_);
  serving_ = false;
}

// The thread, until nobody is connected.
void ControlPlane::serve() {
  for (;;) {
    serve_once();
    const std::lock_guard lock(mutex_);
    if (!accepted_.empty() && !stopping_) continue;
    for (const int fd : accepted_) close(fd);
    accepted_.clear();
    connections_ = 0;
    serving_ = false;
    ended_.notify_all();
    return;
  }
}

void ControlPlane::serve_once() {
  const auto started = start_(view_);
  if (const auto* why = std::get_if<Complaint>(&started)) {
    spdlog::error("control: {}", why->text);
    return hang_up_on_all();
  }
  serve_with(*std::get<std::unique_ptr<ControlRuntime>>(started));
}

void ControlPlane::serve_with(ControlRuntime& grpc) {
  for (;;) {
    for (const int fd : take_accepted()) {
      if (!grpc.add_connection(fd)) spdlog::warn("there is no descriptor for control");
    }
    const bool alone = grpc.connections() == 0;
    const bool event = grpc.wait(wake_fd_, alone ? kLinger : kForever);
    clear_wake();
    const std::lock_guard lock(mutex_);
    connections_ = grpc.connections();
    if (stopping_ || (!event && accepted_.empty())) return;
  }
}

void ControlPlane::hang_up_on_all() {
  for (const int fd : take_accepted()) close(fd);
  const std::lock_guard lock(mutex_);
  connections_ = 0;
}

std::vector<int> ControlPlane::take_accepted() {
  const std::lock_guard lock(mutex_);
  connections_ += accepted_.size();
  return std::exchange(accepted_, {});
}

void ControlPlane::wake() const { eventfd_write(wake_fd_, 1); }

void ControlPlane::clear_wake() const {
  eventfd_t count;
  eventfd_read(wake_fd_, &count);
}

void ControlPlane::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  wake();
  ended_.wait(lock, [this] { return !serving_; });
}

}  // namespace farcall::server
