#include "bench/crowd.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "bench/check.h"
#include "farcall/sysproxy.h"
#include "farcall/url.h"
#include "netbsd/syscalls.h"

namespace farcall::bench {
namespace {

constexpr std::array<char, 8> kName = {'c', 'r', 'o', 'w', 'd', '\0', '\0', '\0'};

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void read_banner(int fd) {
  char byte = 0;
  while (byte != '\n') check(recv(fd, &byte, 1, 0) == 1, "banner");
}

/// A request and its answer, whose body is thrown away.
void ask(int fd, sysproxy::FrameType type, std::uint32_t detail, const void* body,
         std::size_t size) {
  std::array<char, 64> frame{};
  const sysproxy::FrameHeader header{sizeof header + size, 1, sysproxy::FrameClass::request, type,
                                     detail};
  std::memcpy(frame.data(), &header, sizeof header);
  std::memcpy(frame.data() + sizeof header, body, size);
  check(send(fd, frame.data(), header.length, MSG_NOSIGNAL) == static_cast<ssize_t>(header.length),
        "send");
  sysproxy::FrameHeader answer{};
  check(recv(fd, &answer, sizeof answer, MSG_WAITALL) == sizeof answer, "answer");
  if (answer.frame_class != sysproxy::FrameClass::response || answer.length > sizeof frame) {
    give_up("the server refused", EPROTO);
  }
  const std::size_t rest = answer.length - sizeof answer;
  check(recv(fd, frame.data(), rest, MSG_WAITALL) == static_cast<ssize_t>(rest), "answer");
}

int connect_client(const ServerUrl& url) {
  const int fd = socket(url.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(fd >= 0 && connect(fd, &url.any, url.length) == 0, "connect");
  read_banner(fd);
  ask(fd, sysproxy::FrameType::handshake,
      static_cast<std::uint32_t>(sysproxy::HandshakeKind::guest), kName.data(), kName.size());
  return fd;
}

}  // namespace

Crowd::Crowd(const std::string& url, std::size_t count) {
  raise_descriptor_limit();
  const auto parsed = parse_url(url);
  if (!parsed) give_up(url.c_str(), parsed.code());
  for (std::size_t i = 0; i < count; ++i) sockets_.push_back(connect_client(*parsed));
}

Crowd::~Crowd() {
  for (const int fd : sockets_) close(fd);
}

void Crowd::call_once_each() {
  for (const int fd : sockets_) ask(fd, sysproxy::FrameType::syscall, NB_SYS_getpid, nullptr, 0);
}

}  // namespace farcall::bench
