#include "link.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include <algorithm>
#include <cerrno>

#include "descriptors.h"
#include "farcall/url.h"
#include "host.h"
#include "output.h"

namespace farcall::client {
namespace {

using sysproxy::FrameClass;
using sysproxy::FrameHeader;
using sysproxy::FrameType;
using sysproxy::HandshakeKind;

constexpr char kStartOne[] = " (is the server running? start one with: farcall serve)";

class Deadline {
 public:
  /// 0 when `fd` has one of `events`, -ETIMEDOUT when it is too late.
  long wait(int fd, short events) const {
    for (;;) {
      const std::int64_t left = std::max<std::int64_t>(end_ - host::monotonic_ns(), 0);
      const timespec timeout{left / 1'000'000'000, left % 1'000'000'000};
      pollfd entry{fd, events, 0};
      const long ready = host::ppoll(&entry, 1, &timeout, nullptr);
      if (ready > 0) return 0;
      if (ready == 0) return -ETIMEDOUT;
      if (ready != -EINTR) return ready;
    }
  }

 private:
  std::int64_t end_ = host::monotonic_ns() + kPatience;
};

/// Reads some bytes: their number, 0 at the end of the stream, or -errno.
long read_some(int fd, void* into, std::size_t size, const Deadline& deadline) {
  for (;;) {
    if (const long error = deadline.wait(fd, POLLIN); error != 0) return error;
    const long received = host::recv(fd, into, size, MSG_DONTWAIT);
    if (received != -EAGAIN && received != -EINTR) return received;
  }
}

/// Reads exactly `size` bytes, to nowhere when `into` is nullptr. 0 or -errno.
long read_all(int fd, void* into, std::size_t size, const Deadline& deadline) {
  char nowhere[512];
  while (size != 0) {
    void* target = into != nullptr ? into : nowhere;
    const std::size_t most = into != nullptr ? size : std::min(size, sizeof nowhere);
    const long received = read_some(fd, target, most, deadline);
    if (received == 0) return -ECONNRESET;
    if (received < 0) return received;
    if (into != nullptr) into = static_cast<char*>(into) + received;
    size -= static_cast<std::size_t>(received);
  }
  return 0;
}

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

Result<Link> greet(int fd, std::string_view url, Reason& reason) {
  char banner[sysproxy::kMaxBanner + 1];
  long error = read_banner(fd, banner);
  const std::size_t prefix = sizeof sysproxy::kBannerPrefix - 1;
  if (error == 0 && strncmp(banner, sysproxy::kBannerPrefix, prefix) != 0) error = -EPROTO;
  if (error == 0) return Link{fd, strstr(banner, sysproxy::kBannerMark) != nullptr};
  close_own(fd);
  const char* what = "the server closed the connection at once";
  if (error == -EPROTO) what = "who answers there is no rump kernel server (RUMPSP-0.4)";
  if (error == -ETIMEDOUT) what = "connected, but the server said nothing for 10 seconds";
  return reason.fail(url, what, static_cast<int>(-error));
}

/// This program's name with its NUL; returns the size.
std::size_t program_name(char (&name)[64]) {
  long size = -1;
  if (const long fd = host::open("/proc/self/comm", O_RDONLY | O_CLOEXEC); fd >= 0) {
    size = host::read(static_cast<int>(fd), name, sizeof name - 1);
    host::close(static_cast<int>(fd));
  }
  if (size <= 0) return static_cast<std::size_t>(snprintf(name, sizeof name, "unknown")) + 1;
  if (name[size - 1] == '\n') --size;
  name[size] = '\0';
  return static_cast<std::size_t>(size) + 1;
}

bool wants_answer(const FrameHeader& header) {
  return header.frame_class == FrameClass::request &&
         (header.type == FrameType::copyin || header.type == FrameType::copyinstr ||
          header.type == FrameType::anonmmap);
}

/// Tells the server that the memory of a call which is no more is not there.
void refuse(int fd, const FrameHeader& request) {
  FrameHeader answer{sizeof answer, request.request, FrameClass::error, request.type,
                     static_cast<std::uint32_t>(sysproxy::WireError::malformed)};
  iovec piece{&answer, sizeof answer};
  std::size_t sent = 0;
  send_all(fd, &piece, 1, &sent);
}

/// The answer to the handshake with number `request`: 0 or an errno in *answer. 0 or -errno.
long await_answer(const Link& link, std::uint64_t request, int* answer) {
  const Deadline deadline;
  for (;;) {
    FrameHeader header;
    long error = read_all(link.fd, &header, sizeof header, deadline);
    if (error != 0) return error;
    if (header.length < sizeof header) return -EPROTO;
    std::size_t left = header.length - sizeof header;
    const bool ours = header.frame_class != FrameClass::request && header.request == request;
    std::int32_t code = ours ? errno_from_wire(header.detail) : 0;
    if (ours && header.frame_class == FrameClass::response) {
      if (left < sizeof code) return -EPROTO;
      if (error = read_all(link.fd, &code, sizeof code, deadline); error != 0) return error;
      left -= sizeof code;
    }
    if (error = read_all(link.fd, nullptr, left, deadline); error != 0) return error;
    if (ours) {
      *answer = code;
      return 0;
    }
    if (link.marked && wants_answer(header)) refuse(link.fd, header);
  }
}

long send_handshake(int fd, std::uint64_t request, HandshakeKind kind, const void* body,
                    std::size_t size) {
  FrameHeader header{sizeof header + size, request, FrameClass::request, FrameType::handshake,
                     static_cast<std::uint32_t>(kind)};
  iovec pieces[2] = {{&header, sizeof header}, {const_cast<void*>(body), size}};
  std::size_t sent = 0;
  return send_all(fd, pieces, 2, &sent);
}

}  // namespace

Error Reason::fail(std::string_view url, const char* what, int code) {
  if (buffer_ != nullptr && size_ != 0) {
    snprintf(buffer_, size_, "%.*s: %s%s", static_cast<int>(std::min<std::size_t>(url.size(), 200)),
             url.data(), what, code == ENOENT || code == ECONNREFUSED ? kStartOne : "");
  }
  return Error{code};
}

int errno_from_wire(std::uint32_t detail) {
  switch (static_cast<sysproxy::WireError>(detail)) {
    case sysproxy::WireError::try_again:
      return EAGAIN;
    case sysproxy::WireError::auth:
      return EPERM;
    case sysproxy::WireError::invalid_prefork:
      return ESRCH;
    case sysproxy::WireError::rfork_failed:
      return EAGAIN;
    case sysproxy::WireError::in_exec:
      return EBUSY;
    case sysproxy::WireError::no_memory:
      return ENOMEM;
    case sysproxy::WireError::malformed:
      return EINVAL;
    default:
      return EIO;
  }
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

Result<void> introduce(const Link& link, HandshakeKind kind, const sysproxy::ForkHandshake* fork) {
  // Unlike any number that a call of this or of an earlier program on this connection has.
  constexpr std::uint64_t kRequest = (std::uint64_t{1} << 63) - 1;
  char name[64];
  const void* body = fork;
  std::size_t size = sizeof *fork;
  if (fork == nullptr) {
    size = program_name(name);
    body = name;
  }
  int answer = 0;
  long error = send_handshake(link.fd, kRequest, kind, body, size);
  if (error == 0) error = await_answer(link, kRequest, &answer);
  if (error != 0) return Error{static_cast<int>(-error)};
  if (answer != 0) return Error{answer};
  return {};
}

void cancel_fork(const Link& link, const sysproxy::ForkCookie& cookie) {
  const sysproxy::ForkHandshake cancel{cookie, 1};
  if (send_handshake(link.fd, 0, HandshakeKind::fork, &cancel, sizeof cancel) != 0) return;
  // The server closes when it is done; so the descriptors that the child would have had are closed
  // when we return.
  host::shutdown(link.fd, SHUT_WR);
  char rest[64];
  const Deadline deadline;
  while (read_some(link.fd, rest, sizeof rest, deadline) > 0) continue;
}

}  // namespace farcall::client
