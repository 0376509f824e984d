#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>

#include "bench/failure.h"
#include "bench/floors.h"
#include "farcall/sysproxy.h"

namespace farcall::bench {
namespace {

constexpr std::size_t kQuestion = sizeof(sysproxy::FrameHeader) + 64;
constexpr std::size_t kAnswer = sizeof(sysproxy::FrameHeader) + sizeof(sysproxy::SyscallResponse);
/// Of what a relay passes on.
constexpr std::size_t kPiece = 64 << 10;

/// Both ends of a TCP connection over loopback, without Nagle's delays.
std::array<int, 2> tcp_pair() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* name = reinterpret_cast<sockaddr*>(&address);
  require(bind(listener, name, length) == 0 && listen(listener, 1) == 0, "listen");
  require(getsockname(listener, name, &length) == 0, "getsockname");
  std::array<int, 2> ends{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), -1};
  require(connect(ends[0], name, length) == 0, "connect");
  ends[1] = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  require(ends[1] >= 0, "accept");
  close(listener);
  const int on = 1;
  for (const int end : ends) setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return ends;
}

std::array<int, 2> local_pair() {
  std::array<int, 2> ends{};
  require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0, "socketpair");
  return ends;
}

void receive(int fd, std::span<char> data) {
  const auto count = recv(fd, data.data(), data.size(), MSG_WAITALL);
  require(count == static_cast<ssize_t>(data.size()), "recv");
}

void transmit(int fd, std::span<const char> data) {
  const auto count = send(fd, data.data(), data.size(), MSG_NOSIGNAL);
  require(count == static_cast<ssize_t>(data.size()), "send");
}

}  // namespace

SocketPingPong::SocketPingPong(const Context& /*context*/, SocketKind kind, Placement placement)
    : placement_(placement), question_(kQuestion), answer_(kAnswer) {
  const auto ends = kind == SocketKind::tcp ? tcp_pair() : local_pair();
  near_ = ends[0];
  far_ = ends[1];
  serve_in_thread([this] {
    stay_far(placement_);
    std::vector<char> asked(kQuestion);
    const std::vector<char> answered(kAnswer);
    for (;;) {
      receive(far_, asked);
      transmit(far_, answered);
    }
  });
}

void SocketPingPong::operation() {
  transmit(near_, question_);
  receive(near_, answer_);
}

SocketStream::SocketStream(const Context& /*context*/, std::size_t size) : block_(size) {
  const auto ends = tcp_pair();
  near_ = ends[0];
  far_ = ends[1];
  serve_in_thread([this] {
    std::vector<char> block(block_.size());
    for (;;) receive(far_, block);
  });
}

void SocketStream::operation() { transmit(near_, block_); }

SocketRelay::SocketRelay(const Context& /*context*/, std::size_t size)
    : block_(size), answer_(kAnswer) {
  const auto ends = tcp_pair();
  near_ = ends[0];
  far_ = ends[1];
  const auto passed = local_pair();
  out_ = passed[0];
  sink_ = passed[1];
  serve_in_thread([this] { relay(); });
  serve_in_thread([this] {
    std::vector<char> piece(kPiece);
    for (;;) require(recv(sink_, piece.data(), piece.size(), 0) > 0, "recv");
  });
}

void SocketRelay::relay() {
  std::vector<char> piece(kPiece);
  const std::vector<char> answer(kAnswer);
  for (;;) {
    for (std::size_t done = 0; done < block_.size();) {
      const auto count = recv(far_, piece.data(), std::min(kPiece, block_.size() - done), 0);
      require(count > 0, "recv");
      const auto size = static_cast<std::size_t>(count);
      transmit(out_, std::span(piece).first(size));
      done += size;
    }
    transmit(far_, answer);
  }
}

void SocketRelay::operation() {
  transmit(near_, block_);
  receive(near_, answer_);
}

}  // namespace farcall::bench
