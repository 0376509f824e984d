#include "bench/floors.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "bench/check.h"
#include "bench/placement.h"

namespace farcall::bench {
namespace {

/// Both ends of a TCP connection over loopback, without Nagle's delays.
std::array<int, 2> tcp_pair() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* name = reinterpret_cast<sockaddr*>(&address);
  check(bind(listener, name, length) == 0 && listen(listener, 1) == 0, "listen");
  check(getsockname(listener, name, &length) == 0, "getsockname");
  std::array<int, 2> ends{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), -1};
  check(connect(ends[0], name, length) == 0, "connect");
  ends[1] = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  check(ends[1] >= 0, "accept");
  close(listener);
  const int on = 1;
  for (const int end : ends) setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return ends;
}

std::array<int, 2> local_pair() {
  std::array<int, 2> ends{};
  check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0, "socketpair");
  return ends;
}

/// False at the end of the stream.
bool receive(int fd, std::vector<char>& data) {
  std::size_t have = 0;
  while (have < data.size()) {
    const ssize_t count = recv(fd, data.data() + have, data.size() - have, 0);
    if (count <= 0) return false;
    have += static_cast<std::size_t>(count);
  }
  return true;
}

bool transmit(int fd, const std::vector<char>& data) {
  return send(fd, data.data(), data.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(data.size());
}

}  // namespace

EchoThread::EchoThread(Stream stream, std::size_t question, std::size_t answer, int cpu)
    : question_(question), answer_(answer) {
  const auto ends = stream == Stream::tcp ? tcp_pair() : local_pair();
  near_ = ends[0];
  far_ = ends[1];
  thread_ = std::thread([this, question, answer, cpu] {
    stay_on(cpu);
    std::vector<char> asked(question);
    const std::vector<char> answered(answer);
    while (receive(far_, asked) && transmit(far_, answered)) {
    }
  });
}

EchoThread::~EchoThread() {
  shutdown(near_, SHUT_RDWR);
  thread_.join();
  close(near_);
  close(far_);
}

void EchoThread::round_trip() {
  check(transmit(near_, question_) && receive(near_, answer_), "round trip");
}

}  // namespace farcall::bench
