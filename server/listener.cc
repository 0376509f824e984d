#include "server/listener.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace farcall::server {
namespace {

constexpr std::chrono::milliseconds kPause{100};

std::string internet_peer(const sockaddr_storage& address) {
  char host[INET6_ADDRSTRLEN] = "?";
  if (address.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &four.sin_addr, host, sizeof(host));
    return std::string("tcp ") + host + ":" + std::to_string(ntohs(four.sin_port));
  }
  const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
  inet_ntop(AF_INET6, &six.sin6_addr, host, sizeof(host));
  return std::string("tcp6 [") + host + "]:" + std::to_string(ntohs(six.sin6_port));
}

}  // namespace

Listener::Listener(boost::asio::io_context& io, ListeningSocket socket,
                   const std::set<uid_t>& allowed_users, Accepted accepted)
    : socket_(std::move(socket)),
      // Asio closes its descriptor, and the socket its own.
      readable_(io, fcntl(socket_.fd(), F_DUPFD_CLOEXEC, 0)),
      pause_(io),
      allowed_users_(allowed_users),
      accepted_(std::move(accepted)) {}

void Listener::start() {
  readable_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                       [this](const boost::system::error_code& error) {
                         if (!error) accept_all();
                       });
}

void Listener::accept_all() {
  for (;;) {
    sockaddr_storage address{};
    socklen_t length = sizeof(address);
    // Asio has made the listening socket non-blocking; what it accepts is not.
    const int fd =
        accept4(socket_.fd(), reinterpret_cast<sockaddr*>(&address), &length, SOCK_CLOEXEC);
    if (fd == -1) {
      const bool short_of =
          errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
      return short_of ? pause() : start();
    }
    std::string peer = socket_.is_local() ? "" : internet_peer(address);
    if (socket_.is_local() && !is_allowed(fd, peer)) {
      spdlog::warn("{}: not a user that may connect; refused", peer);
      ::close(fd);
      continue;
    }
    if (!socket_.is_local()) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    accepted_(fd, std::move(peer));
  }
}

// The host gives no descriptor: clients wait in the backlog for a moment.
void Listener::pause() {
  spdlog::warn("{}: cannot accept a client: {}", url(), std::strerror(errno));
  pause_.expires_after(kPause);
  pause_.async_wait([this](const boost::system::error_code& error) {
    if (!error) start();
  });
}

bool Listener::is_allowed(int fd, std::string& peer) const {
  ucred credentials{};
  socklen_t length = sizeof(credentials);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == -1) return false;
  peer = "pid " + std::to_string(credentials.pid) + " uid " + std::to_string(credentials.uid);
  return credentials.uid == geteuid() || credentials.uid == 0 ||
         allowed_users_.contains(credentials.uid);
}

}  // namespace farcall::server
