#include "bench/program_scenarios.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/failure.h"

namespace farcall::bench {
namespace {

sockaddr_in bind_datagram_socket(int fd) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* name = reinterpret_cast<sockaddr*>(&address);
  require(bind(fd, name, length) == 0 && getsockname(fd, name, &length) == 0, "bind");
  return address;
}

}  // namespace

HostRead::HostRead(const Context& /*context*/) : fd_(open("/dev/zero", O_RDONLY | O_CLOEXEC)) {
  require(fd_ >= 0, "/dev/zero");
}

void HostRead::operation() {
  char byte = 1;
  require(read(fd_, &byte, 1) == 1, "read");
}

MixedPoll::MixedPoll(const Context& /*context*/)
    : near_(socket(AF_INET, SOCK_DGRAM, 0)), far_(socket(AF_INET, SOCK_DGRAM, 0)) {
  require(near_ >= 0 && far_ >= 0, "socket");
  require(pipe(question_) == 0 && pipe(silent_) == 0, "pipe");
  const sockaddr_in address = bind_datagram_socket(near_);
  require(connect(far_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
          "connect");
  serve_in_thread([this] { serve(); });
}

void MixedPoll::serve() {
  char byte = 0;
  for (;;) {
    require(read(question_[0], &byte, 1) == 1, "read");
    require(send(far_, &byte, 1, 0) == 1, "send");
  }
}

void MixedPoll::operation() {
  char byte = 0;
  require(write(question_[1], &byte, 1) == 1, "write");
  pollfd waiting[2] = {{silent_[0], POLLIN, 0}, {near_, POLLIN, 0}};
  require(poll(waiting, 2, -1) == 1, "poll");
  require(recv(near_, &byte, 1, 0) == 1, "recv");
}

}  // namespace farcall::bench
