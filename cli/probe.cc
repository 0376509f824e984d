#include "cli/probe.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>

#include "farcall/banner.h"

namespace farcall::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// A socket for the time of the probe.
struct Socket {
  explicit Socket(int family) : fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}
  ~Socket() {
    if (fd != -1) close(fd);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  const int fd;
};

/// False when the time is over first.
bool wait_for(int fd, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd waiting{fd, events, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(left));
    if (ready != -1 || errno != EINTR) return ready > 0;
  }
}

/// 0 or errno.
int connect_until(int fd, const ServerUrl& url, Clock::time_point deadline) {
  if (connect(fd, &url.any, url.length) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (!wait_for(fd, POLLOUT, deadline)) return ETIMEDOUT;
  int error = 0;
  socklen_t length = sizeof(error);
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

constexpr char kNoServer[] = "what answers there is no rump kernel server";

/// None when `banner` is that of a server that we can use.
std::optional<std::string> why_not_understood(std::string_view banner) {
  const auto version = sysproxy::banner_version(banner);
  if (version == sysproxy::kVersion) return std::nullopt;
  if (version.empty()) return kNoServer;
  return "it speaks sysproxy " + std::string(version) + ", and this program 0.4";
}

}  // namespace

std::optional<std::string> why_no_server(const ServerUrl& url) {
  const auto deadline = Clock::now() + std::chrono::seconds(5);
  const Socket connection(url.family());
  if (connection.fd == -1) return std::strerror(errno);
  if (const int error = connect_until(connection.fd, url, deadline)) return std::strerror(error);

  std::array<char, sysproxy::kMaxBanner> banner;
  std::size_t have = 0;
  while (have < banner.size()) {
    if (!wait_for(connection.fd, POLLIN, deadline)) return "it accepts, but sends no banner";
    const auto got = recv(connection.fd, banner.data() + have, banner.size() - have, 0);
    if (got <= 0) return "it hangs up: is it full, or are you not allowed to use it?";
    have += static_cast<std::size_t>(got);
    const std::string_view line(banner.data(), have);
    const auto end = line.find('\n');
    if (end == std::string_view::npos) continue;
    if (auto why = why_not_understood(line.substr(0, end))) return why;
    // A server that is full greets with the reason at once.
    return have > end + 1 ? std::optional<std::string>("it has as many clients as it takes")
                          : std::nullopt;
  }
  return kNoServer;
}

}  // namespace farcall::cli
