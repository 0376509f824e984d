#include "link.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include <algorithm>
#include <cerrno>

#include "descriptors.h"
#include "farcall/banner.h"
#include "farcall/url.h"
#include "host.h"
#include "stream.h"

namespace farcall::client {
namespace {

constexpr char kStartOne[] = " (is the server running? start one with: farcall serve)";

long connect_within(int fd, const ServerUrl& url, const Deadline& deadline) {
  for (;;) {
    const long result = host::connect(fd, &url.any, url.length);
    if (result != -EAGAIN && result != -EINPROGRESS && result != -EINTR) return result;
    if (result ==
        -EAGAIN) {  // the unix listener's queue is full, and nothing tells when it no longer is
      if (const long late = deadline.wait(-1, 0); late == -ETIMEDOUT) return late;
      host::sleep_ns(5'000'000);
      continue;
    }
    if (const long late = deadline.wait(fd, POLLOUT); late != 0) return late;
    int error = 0;
    socklen_t size = sizeof error;
    host::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return -error;
  }
}

/// A connected, blocking socket on a high descriptor, or -errno.
int open_socket(const ServerUrl& url, const Deadline& deadline) {
  constexpr int kType = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const int fd = move_high(static_cast<int>(host::socket(url.family(), kType, 0)));
  if (fd < 0) return fd;
  if (const long error = connect_within(fd, url, deadline); error != 0) {
    close_own(fd);
    return static_cast<int>(error);
  }
  host::fcntl(fd, F_SETFL, O_RDWR);
  if (url.family() != AF_UNIX) {
    const int on = 1;
    host::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return fd;
}

const char* why_not_connected(int code) {
  switch (code) {
    case ENOENT:
      return "no such socket";
    case ECONNREFUSED:
      return "nobody listens there";
    case ETIMEDOUT:
      return "no answer to the connection within 10 seconds";
    default:
      return strerrordesc_np(code);
  }
}

/// Reads the banner into `banner`, with its newline replaced by NUL. 0 or -errno.
long read_banner(int fd, char (&banner)[sysproxy::kMaxBanner + 1]) {
  const Deadline deadline;
  std::size_t have = 0;
  while (have < sysproxy::kMaxBanner) {
    const long received = read_some(fd, banner + have, sysproxy::kMaxBanner - have, deadline);
    if (received < 0) return received;
    if (received == 0) break;
    have += static_cast<std::size_t>(received);
    if (char* end = static_cast<char*>(memchr(banner, '\n', have)); end != nullptr) {
      *end = '\0';
      return 0;
    }
  }
  banner[have] = '\0';
  return have == 0 ? -ECONNRESET : -EPROTO;
}

/// What is wrong with who said `banner`, for people.
const char* not_understood(std::string_view banner, char (&text)[96]) {
  const std::string_view version = sysproxy::banner_version(banner);
  if (version.empty()) return "who answers there is no rump kernel server (RUMPSP-0.4)";
  if (version == sysproxy::kVersion) return "the server's first line has no end";
  snprintf(text, sizeof text, "the server speaks sysproxy %.*s, and this program 0.4",
           static_cast<int>(version.size()), version.data());
  return text;
}

}  // namespace

Error Reason::fail(std::string_view url, const char* what, int code) {
  if (buffer_ != nullptr && size_ != 0) {
    snprintf(buffer_, size_, "%.*s: %s%s", static_cast<int>(std::min<std::size_t>(url.size(), 200)),
             url.data(), what, code == ENOENT || code == ECONNREFUSED ? kStartOne : "");
  }
  return Error{code};
}

Result<Link> greet(int fd, std::string_view url, Reason& reason) {
  char banner[sysproxy::kMaxBanner + 1];
  long error = read_banner(fd, banner);
  if (error == 0 && sysproxy::banner_version(banner) != sysproxy::kVersion) error = -EPROTO;
  if (error == 0) return Link{fd, std::string_view(banner).ends_with(sysproxy::kBannerMark)};
  close_own(fd);
  const char* what = "the server closed the connection at once";
  char text[96];
  if (error == -EPROTO) what = not_understood(banner, text);
  if (error == -ETIMEDOUT) what = "connected, but the server said nothing for 10 seconds";
  return reason.fail(url, what, static_cast<int>(-error));
}

Result<Link> dial(std::string_view url, Reason& reason) {
  const Result<ServerUrl> where = parse_url(url);
  if (where.code() == ENAMETOOLONG)
    return reason.fail(url, "too long for a socket's path", ENAMETOOLONG);
  if (!where.ok())
    return reason.fail(
        url, "not a server: write unix://PATH, tcp://ADDRESS:PORT or tcp6://[ADDRESS]:PORT",
        EINVAL);
  if (where->is_wildcard())
    return reason.fail(url, "a client needs the address of one machine", EINVAL);
  const int fd = open_socket(*where, Deadline());
  if (fd < 0) return reason.fail(url, why_not_connected(-fd), -fd);
  return greet(fd, url, reason);
}

}  // namespace farcall::client
