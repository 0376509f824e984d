#include "fake_server.h"

#include <farcall/client.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

namespace farcall::client_test {
namespace {

constexpr int kPatienceMs = 10000;

template <class Record>
std::string_view bytes_of(const Record& record) {
  return {reinterpret_cast<const char*>(&record), sizeof record};
}

Peer accept_from(int listener) {
  pollfd entry{listener, POLLIN, 0};
  EXPECT_EQ(poll(&entry, 1, kPatienceMs), 1) << "no client came";
  return Peer(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
}

}  // namespace

void Peer::say(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return;  // the client gave up: the test sees it there
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Peer::hang_up() {
  if (fd_ >= 0) close(fd_);
  for (const int passed : passed_) close(passed);
  passed_.clear();
  fd_ = -1;
}

int Peer::take_passed() {
  if (passed_.empty()) return -1;
  const int taken = passed_.front();
  passed_.erase(passed_.begin());
  return taken;
}

bool Peer::has_input(int milliseconds) {
  pollfd entry{fd_, POLLIN, 0};
  return poll(&entry, 1, milliseconds) > 0;
}

bool Peer::at_end() {
  char byte = 0;
  return has_input(kPatienceMs) && recv(fd_, &byte, 1, MSG_PEEK) <= 0;
}

bool Peer::read_exactly(void* into, std::size_t size) {
  auto* to = static_cast<char*>(into);
  while (size != 0) {
    iovec piece{to, size};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int[2]))];
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got = has_input(kPatienceMs) ? recvmsg(fd_, &message, MSG_CMSG_CLOEXEC) : -1;
    if (got <= 0) return false;
    if (const cmsghdr* rights = CMSG_FIRSTHDR(&message); rights != nullptr) {
      for (const int passed : passed_) close(passed);
      passed_.resize((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int));
      std::memcpy(passed_.data(), CMSG_DATA(rights), passed_.size() * sizeof(int));
    }
    to += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

Frame Peer::read() {
  Frame frame;
  if (!read_exactly(&frame.header, sizeof frame.header)) {
    ADD_FAILURE() << "no frame from the client";
    return {};
  }
  frame.body.resize(frame.header.length - sizeof frame.header);
  if (!read_exactly(frame.body.data(), frame.body.size())) ADD_FAILURE() << "half a frame";
  return frame;
}

void Peer::send(wire::FrameClass frame_class, wire::FrameType type, std::uint64_t request,
                std::uint32_t detail, std::string_view body) {
  const wire::FrameHeader header{sizeof header + body.size(), request, frame_class, type, detail};
  std::string frame(bytes_of(header));
  frame += body;
  say(frame);
}

Frame Peer::welcome(const char* banner, std::string_view hello_answer) {
  say(banner);
  Frame handshake = read_handshake(hello_answer);
  EXPECT_EQ(handshake.header.type, wire::FrameType::handshake);
  answer_handshake(handshake);
  return handshake;
}

Frame Peer::read_handshake(std::string_view hello_answer) {
  Frame frame = read();
  if (frame.header.type != wire::FrameType::hello) return frame;
  answer_hello(frame, hello_answer);
  return read();
}

void Peer::answer_hello(const Frame& hello, std::string_view answer) {
  EXPECT_EQ(hello.header.type, wire::FrameType::hello);
  send(wire::FrameClass::response, wire::FrameType::hello, hello.header.request, 0, answer);
}

void Peer::answer_handshake(const Frame& handshake, std::int32_t error) {
  send(wire::FrameClass::response, wire::FrameType::handshake, handshake.header.request, 0,
       bytes_of(error));
}

Frame Peer::expect_syscall(std::uint32_t number) {
  Frame frame = read();
  EXPECT_EQ(frame.header.frame_class, wire::FrameClass::request);
  EXPECT_EQ(frame.header.type, wire::FrameType::syscall);
  EXPECT_EQ(frame.header.detail, number);
  return frame;
}

void Peer::answer(const Frame& syscall, std::int32_t error, std::int64_t first,
                  std::int64_t second) {
  const wire::SyscallResponse response{error, 0, {first, second}};
  send(wire::FrameClass::response, wire::FrameType::syscall, syscall.header.request, 0,
       bytes_of(response));
}

Frame Peer::copyin(const Frame& syscall, const void* address, std::uint64_t length,
                   wire::FrameType type) {
  const wire::CopyRequest copy{length, reinterpret_cast<std::uint64_t>(address)};
  send(wire::FrameClass::request, type, syscall.header.request, 0, bytes_of(copy));
  Frame answer = read();
  EXPECT_EQ(answer.header.request, syscall.header.request);
  EXPECT_EQ(answer.header.type, type);
  return answer;
}

void Peer::copyout(const Frame& syscall, void* address, std::string_view data) {
  const wire::CopyRequest copy{data.size(), reinterpret_cast<std::uint64_t>(address)};
  std::string body(bytes_of(copy));
  body += data;
  send(wire::FrameClass::request, wire::FrameType::copyout, syscall.header.request, 0, body);
}

Listener::Listener() {
  char pattern[] = "/tmp/farcall-client-test-XXXXXX";
  directory_ = mkdtemp(pattern);
  path_ = directory_ + "/socket";
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path_.c_str());
  EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(listen(fd_, 16), 0);
}

Listener::~Listener() {
  close(fd_);
  unlink(path_.c_str());
  rmdir(directory_.c_str());
}

Peer Listener::accept() const { return accept_from(fd_); }

TcpListener::TcpListener(int family) : fd_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in inet{};
  sockaddr_in6 inet6{};
  inet.sin_family = AF_INET;
  inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  inet6.sin6_family = AF_INET6;
  inet6.sin6_addr = in6addr_loopback;
  const bool v4 = family == AF_INET;
  auto* address = v4 ? reinterpret_cast<sockaddr*>(&inet) : reinterpret_cast<sockaddr*>(&inet6);
  socklen_t size = v4 ? sizeof inet : sizeof inet6;
  EXPECT_EQ(bind(fd_, address, size), 0);
  EXPECT_EQ(listen(fd_, 16), 0);
  EXPECT_EQ(getsockname(fd_, address, &size), 0);
  const int port = ntohs(v4 ? inet.sin_port : inet6.sin6_port);
  url_ = (v4 ? "tcp://127.0.0.1:" : "tcp6://[::1]:") + std::to_string(port) + "/";
}

TcpListener::~TcpListener() { close(fd_); }

Peer TcpListener::accept() const { return accept_from(fd_); }

std::uint64_t argument(const Frame& syscall, std::size_t index) {
  std::uint64_t value = 0;
  EXPECT_GE(syscall.body.size(), (index + 1) * sizeof value);
  std::memcpy(&value, syscall.body.data() + index * sizeof value, sizeof value);
  return value;
}

void ClientTest::serve(std::function<void(Peer&)> script) {
  server_ = std::thread([this, script = std::move(script)] {
    Peer peer = listener_.accept();
    script(peer);
  });
}

void ClientTest::join() {
  if (server_.joinable()) server_.join();
}

void ClientTest::connect_to(std::function<void(Peer&)> script, const char* banner,
                            std::string_view hello_answer) {
  serve([script = std::move(script), banner, hello_answer](Peer& peer) {
    peer.welcome(banner, hello_answer);
    script(peer);
  });
  char why[256] = "";
  ASSERT_EQ(farcall_connect(listener_.url().c_str(), why, sizeof why), 0) << why;
}

void ClientTest::TearDown() {
  join();
  EXPECT_EQ(call(1000).error, -1) << "the server is gone, so the call has to fail";
}

Outcome call(int number, std::initializer_list<std::uint64_t> arguments, int restart) {
  Outcome outcome;
  outcome.error = farcall_syscall(number, arguments.begin(),
                                  static_cast<unsigned>(arguments.size()), outcome.result, restart);
  return outcome;
}

}  // namespace farcall::client_test
