#include "server_fixture.h"

#include <poll.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "farcall/url.h"
#include "server/sysproxy_ops.h"

namespace farcall::server::test {

using sysproxy::FrameClass;
using sysproxy::FrameHeader;
using sysproxy::FrameType;

TestClient::TestClient(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM, 0)) {
  const auto url = parse_url("unix://" + path);
  EXPECT_TRUE(url.ok());
  EXPECT_EQ(connect(fd_, &url->any, url->length), 0) << strerror(errno);
  receive_banner();
}

TestClient::TestClient(int fd) : fd_(fd) { receive_banner(); }

void TestClient::receive_banner() {
  char byte = 0;
  while (byte != '\n' && receive_all(&byte, 1)) banner_ += byte;
}

TestClient::~TestClient() { close(fd_); }

bool TestClient::takes_more() const {
  pollfd waiting{fd_, POLLOUT, 0};
  return poll(&waiting, 1, 60'000) == 1 && (waiting.revents & (POLLHUP | POLLERR)) == 0;
}

void TestClient::send_raw(const void* bytes, std::size_t size) {
  ::send(fd_, bytes, size, MSG_NOSIGNAL);
}

void TestClient::send_numbered(FrameClass frame_class, FrameType type, std::uint64_t number,
                               std::uint32_t detail, const std::string& body) {
  const FrameHeader header{sizeof(header) + body.size(), number, frame_class, type, detail};
  std::string frame(reinterpret_cast<const char*>(&header), sizeof(header));
  frame += body;
  send_raw(frame.data(), frame.size());
}

std::uint64_t TestClient::send(FrameType type, std::uint32_t detail, const std::string& body) {
  send_numbered(FrameClass::request, type, ++last_request_, detail, body);
  return last_request_;
}

void TestClient::send_with_descriptors(FrameType type, std::uint32_t detail,
                                       const std::string& body,
                                       const std::vector<int>& descriptors) {
  FrameHeader header{sizeof(header) + body.size(), ++last_request_, FrameClass::request, type,
                     detail};
  iovec parts[] = {{&header, sizeof(header)}, {const_cast<char*>(body.data()), body.size()}};
  const std::size_t size = descriptors.size() * sizeof(int);
  std::vector<char> control(CMSG_SPACE(size));
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(size);
  memcpy(CMSG_DATA(rights), descriptors.data(), size);
  EXPECT_EQ(sendmsg(fd_, &message, MSG_NOSIGNAL),
            static_cast<ssize_t>(sizeof(header) + body.size()));
}

std::uint64_t TestClient::send_call(int number, const std::vector<std::uint64_t>& args) {
  return send(FrameType::syscall, static_cast<std::uint32_t>(number),
              std::string(reinterpret_cast<const char*>(args.data()), args.size() * 8));
}

std::uint64_t TestClient::send_handshake(sysproxy::HandshakeKind kind, const std::string& body) {
  return send(FrameType::handshake, static_cast<std::uint32_t>(kind), body);
}

bool TestClient::receive_all(void* to, std::size_t size) {
  auto* at = static_cast<char*>(to);
  while (size != 0) {
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, 60'000) != 1) {
      ADD_FAILURE() << "the server said nothing for a minute";
      return false;
    }
    const ssize_t got = recv(fd_, at, size, 0);
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

std::optional<Frame> TestClient::receive() {
  Frame frame;
  if (!receive_all(&frame.header, sizeof(frame.header))) return std::nullopt;
  frame.body.resize(frame.header.length - sizeof(frame.header));
  if (!receive_all(frame.body.data(), frame.body.size())) return std::nullopt;
  return frame;
}

sysproxy::SyscallResponse TestClient::receive_result() {
  const auto frame = receive();
  if (!frame) {
    ADD_FAILURE() << "the server has closed the connection";
    return {};
  }
  EXPECT_EQ(frame->header.frame_class, FrameClass::response);
  EXPECT_EQ(frame->header.type, FrameType::syscall);
  return frame->as<sysproxy::SyscallResponse>();
}

sysproxy::WireError TestClient::receive_last_error() {
  const auto frame = receive();
  if (!frame) {
    ADD_FAILURE() << "no error came";
    return sysproxy::WireError::none;
  }
  EXPECT_EQ(frame->header.frame_class, FrameClass::error);
  EXPECT_TRUE(closed());
  return static_cast<sysproxy::WireError>(frame->header.detail);
}

void TestClient::handshake(const std::string& name) {
  const auto number = send_handshake(sysproxy::HandshakeKind::guest, name);
  const auto answer = receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.request, number);
  EXPECT_EQ(answer->header.frame_class, FrameClass::response);
  EXPECT_EQ(answer->as<std::int32_t>(), 0);
}

sysproxy::SyscallResponse TestClient::call(int number, const std::vector<std::uint64_t>& args) {
  send_call(number, args);
  return receive_result();
}

sysproxy::ForkCookie TestClient::prefork() {
  send(FrameType::prefork, 0);
  const auto answer = receive();
  if (!answer) {
    ADD_FAILURE() << "no cookie came";
    return {};
  }
  return answer->as<sysproxy::ForkCookie>();
}

/// What is logged while it lives.
class ServerTest::KeptLog {
 public:
  KeptLog() {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("server", lines_));
    spdlog::set_level(spdlog::level::debug);
  }
  ~KeptLog() { spdlog::set_default_logger(before_); }

  void print() const {
    for (const std::string& line : lines_->last_formatted()) std::cout << "server: " << line;
  }

 private:
  static constexpr std::size_t kMostLines = 5000;
  const std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> lines_ =
      std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(kMostLines);
  const std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

ServerTest::ServerTest() : log_(std::make_unique<KeptLog>()) {
  char name[] = "/tmp/farcall-test-XXXXXX";
  directory_ = mkdtemp(name);
  path_ = directory_ + "/socket";
}

ServerTest::~ServerTest() {
  stop();
  std::filesystem::remove_all(directory_);
  if (HasFailure()) log_->print();
}

void ServerTest::start() {
  ServerOptions options;
  options.limits = limits_;
  server_ = std::make_unique<Server>(kernel_.interface(), options);
  kernel_.set_ops(sysproxy_ops(*server_));
  ASSERT_EQ(server_->listen("unix://" + path_, "Fake", "1.0", "test"), 0) << server_->complaint();
  thread_ = std::thread([this] { server_->run(); });
}

void ServerTest::stop() {
  if (!thread_.joinable()) return;
  server_->stop();
  thread_.join();
}

std::unique_ptr<TestClient> ServerTest::connect() { return std::make_unique<TestClient>(path_); }

std::unique_ptr<TestClient> ServerTest::guest(const std::string& name) {
  auto client = connect();
  client->handshake(name);
  return client;
}

}  // namespace farcall::server::test
