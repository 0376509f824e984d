#include "server/server.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <thread>
#include <utility>

#include "netbsd/constants.h"
#include "server/channel.h"
#include "server/executing.h"
#include "server/handing_out.h"

namespace farcall::server {
namespace {

/// After Limits::stop_time, for the kernel to let go of the calls that were told to end.
constexpr std::chrono::seconds kLastTime{2};

/// Nobody beside the server's own user and root.
const std::set<uid_t> kNoOtherUsers;

}  // namespace

Server::Server(const KernelInterface& kernel, ServerOptions options)
    : options_(std::move(options)),
      watch_(io_, [this](SessionId id) { readable(id); }),
      services_{.limits = options_.limits,
                .kernel = kernel,
                .io = io_,
                .chores = chores_,
                .watch = watch_,
                .prefork_changed = [this] { boost::asio::post(io_, [this] { watch_preforks(); }); },
                .session_over = [this](SessionId id) { session_over(id); },
                .hand_out = [this](const Descriptor& over,
                                   const std::string& peer) { return hand_out(over, peer); }},
      signals_(io_),
      stop_timer_(io_),
      prefork_timer_(io_) {}

Server::~Server() = default;

int Server::listen(const std::string& url, const std::string& ostype, const std::string& osrelease,
                   const std::string& machine) {
  kernel_release_ = ostype + "-" + osrelease + "/" + machine;
  banner_ = sysproxy::kBannerPrefix + kernel_release_ + sysproxy::kBannerMark + "\n";
  if (banner_.size() > sysproxy::kMaxBanner) {
    complaint_ = "the kernel's name is too long for the banner: " + banner_;
    return NB_EINVAL;
  }
  auto opened = ListeningSocket::open(url);
  if (auto* why = std::get_if<Complaint>(&opened)) {
    complaint_ = why->text;
    return NB_EADDRINUSE;
  }
  auto& socket = std::get<ListeningSocket>(opened);
  if (!socket.is_local() && !options_.insecure) {
    complaint_ = "'" + url +
                 "' is refused: over tcp nothing is encrypted and anybody may connect;" +
                 " add --insecure to allow it, or listen on unix://";
    return NB_EPERM;
  }
  auto listener = std::make_unique<Listener>(
      io_, std::move(socket), options_.allowed_users,
      [this](int fd, const std::string& peer) { accepted(fd, peer, Origin::accepted); });
  listener->start();
  const std::lock_guard lock(mutex_);
  listeners_.push_back(std::move(listener));
  return 0;
}

std::optional<Complaint> Server::listen_for_service(const std::string& url,
                                                    Listener::Accepted accepted) {
  auto opened = ListeningSocket::open(url);
  if (auto* why = std::get_if<Complaint>(&opened)) return std::move(*why);
  auto listener = std::make_unique<Listener>(io_, std::move(std::get<ListeningSocket>(opened)),
                                             kNoOtherUsers, std::move(accepted));
  listener->start();
  const std::lock_guard lock(mutex_);
  service_listeners_.push_back(std::move(listener));
  return std::nullopt;
}

std::vector<std::string> Server::urls() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& listener : listeners_) all.push_back(listener->url());
  return all;
}

void Server::stop_on_signals() {
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (!error) begin_stop();
  });
}

void Server::run() {
  auto chores_left = boost::asio::make_work_guard(chores_);
  std::thread chores([this] { chores_.run(); });
  io_.run();
  chores_.stop();
  chores.join();
}

void Server::stop() {
  boost::asio::post(io_, [this] { begin_stop(); });
}

void Server::kernel_exits(Session* caller) {
  Request* request = caller == nullptr ? nullptr : executing_request(*caller);
  if (request != nullptr && request->channel != nullptr) {
    request->channel->answer_last();
  } else if (request != nullptr) {
    const sysproxy::SyscallResponse done{};
    caller->answer(*request, std::as_bytes(std::span(&done, 1)));
  }
  const std::lock_guard lock(mutex_);
  for (const auto& listener : listeners_) listener->remove_file();
  for (const auto& listener : service_listeners_) listener->remove_file();
}

void Server::stop_listening() {
  std::vector<std::unique_ptr<Listener>> over;
  std::vector<std::unique_ptr<Listener>> services_over;
  const std::lock_guard lock(mutex_);
  over.swap(listeners_);
  services_over.swap(service_listeners_);
}

void Server::accepted(int fd, const std::string& peer, Origin origin) {
  std::shared_ptr<Session> session;
  {
    const std::lock_guard lock(mutex_);
    if (sessions_.size() < options_.limits.max_clients) {
      session = std::make_shared<Session>(services_, ++last_session_, fd, peer, origin);
      sessions_[session->id()] = session;
    }
  }
  if (!session) return turn_away(fd, peer);
  session->start(banner_);
  auto timer = std::make_shared<boost::asio::steady_timer>(io_, options_.limits.handshake_time);
  timer->async_wait([timer, weak = std::weak_ptr(session)](const boost::system::error_code& error) {
    const auto late = weak.lock();
    if (!error && late) late->handshake_time_over();
  });
}

bool Server::hand_out(const Descriptor& over, const std::string& peer) {
  const int fd = hand_out_connection(over.get());
  if (fd == -1) return false;
  boost::asio::post(io_, [this, fd, peer] {
    if (stopping_) {
      ::close(fd);
    } else {
      accepted(fd, peer, Origin::handed_out);
    }
  });
  return true;
}

void Server::turn_away(int fd, const std::string& peer) const {
  spdlog::warn("{}: refused: there are already {} clients (--max-clients)", peer,
               options_.limits.max_clients);
  sysproxy::FrameHeader error{};
  error.length = sizeof(error);
  error.frame_class = sysproxy::FrameClass::error;
  error.detail = static_cast<std::uint32_t>(sysproxy::WireError::try_again);
  std::string farewell = banner_;
  farewell.append(reinterpret_cast<const char*>(&error), sizeof(error));
  // As far as the new socket takes it: nobody waits for this client.
  static_cast<void>(send(fd, farewell.data(), farewell.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
  ::close(fd);
}

void Server::readable(SessionId id) {
  if (const auto session = find(id)) session->readable();
}

// A session's last chore.
void Server::session_over(SessionId id) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return;
    past_ += found->second->activity().total();
    sessions_.erase(found);
  }
  boost::asio::post(io_, [this] { end_if_empty(); });
}

void Server::begin_stop() {
  if (std::exchange(stopping_, true)) return;
  spdlog::info("stopping");
  stop_listening();
  for (const auto& session : sessions()) session->close_when_idle();
  stop_timer_.expires_after(options_.limits.stop_time);
  stop_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    for (const auto& session : sessions()) session->close("the server stops");
    stop_timer_.expires_after(kLastTime);
    stop_timer_.async_wait([this](const boost::system::error_code& late) {
      if (!late) io_.stop();
    });
  });
  end_if_empty();
}

void Server::end_if_empty() {
  const std::lock_guard lock(mutex_);
  if (stopping_ && sessions_.empty()) io_.stop();
}

void Server::watch_preforks() {
  auto over = services_.preforks.expired(PreforkTable::Clock::now());
  if (!over.empty()) {
    spdlog::debug("{} prepared processes end: no child came", over.size());
    boost::asio::post(chores_, [over = std::move(over)] {});
  }
  const auto next = services_.preforks.next_expiry();
  if (!next) return;
  prefork_timer_.expires_at(*next);
  prefork_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) watch_preforks();
  });
}

std::vector<std::shared_ptr<Session>> Server::sessions() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Session>> all;
  for (const auto& [id, session] : sessions_) all.push_back(session);
  return all;
}

std::shared_ptr<Session> Server::find(SessionId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second;
}

ServerReport Server::report() const {
  ServerReport report{.kernel_release = kernel_release_,
                      .urls = urls(),
                      .uptime = std::chrono::steady_clock::now() - started_,
                      .held = services_.held.taken(),
                      .shared = services_.buffers->taken(),
                      .limits = options_.limits};
  const std::lock_guard lock(mutex_);
  report.clients = sessions_.size();
  report.clients_ever = last_session_;
  report.activity = past_;
  for (const auto& [id, session] : sessions_) report.activity += session->activity().total();
  return report;
}

std::vector<ClientReport> Server::client_reports() const {
  std::vector<ClientReport> all;
  for (const auto& session : sessions()) all.push_back(session->report());
  return all;
}

bool Server::disconnect(SessionId id) {
  const auto session = find(id);
  if (session) session->close("it was told to go");
  return session != nullptr;
}

}  // namespace farcall::server
