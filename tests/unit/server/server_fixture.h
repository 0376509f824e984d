// A server in this process, on the fake kernel, at a unix socket; and clients that speak sysproxy
// by hand.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fake_kernel.h"
#include "farcall/sysproxy.h"
#include "server/server.h"

namespace farcall::server::test {

struct Frame {
  sysproxy::FrameHeader header{};
  std::vector<char> body;

  /// The body as a record; the test fails when it has another size.
  template <class Record>
  [[nodiscard]] Record as() const {
    Record record{};
    EXPECT_EQ(body.size(), sizeof(record));
    if (body.size() == sizeof(record)) memcpy(&record, body.data(), sizeof(record));
    return record;
  }
};

/// Every wait for the server ends, failing the test, after a minute.
class TestClient {
 public:
  explicit TestClient(const std::string& path);
  /// Takes over a connected socket.
  explicit TestClient(int fd);
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  [[nodiscard]] const std::string& banner() const { return banner_; }

  /// Waits until the socket takes something; false when the server has closed it.
  [[nodiscard]] bool takes_more() const;
  void send_raw(const void* bytes, std::size_t size);
  /// A request frame; returns its number.
  std::uint64_t send(sysproxy::FrameType type, std::uint32_t detail, const std::string& body = "");
  void send_numbered(sysproxy::FrameClass frame_class, sysproxy::FrameType type,
                     std::uint64_t number, std::uint32_t detail, const std::string& body = "");
  /// A request whose first byte brings a descriptor, which stays the caller's.
  void send_with_descriptor(sysproxy::FrameType type, const std::string& body, int descriptor) {
    send_with_descriptors(type, 0, body, {descriptor});
  }
  void send_with_descriptors(sysproxy::FrameType type, std::uint32_t detail,
                             const std::string& body, const std::vector<int>& descriptors);
  std::uint64_t send_call(int number, const std::vector<std::uint64_t>& args = {});
  std::uint64_t send_handshake(sysproxy::HandshakeKind kind, const std::string& body);

  /// The next frame, none when the server has closed.
  std::optional<Frame> receive();
  /// The next frame must be the response to a call.
  sysproxy::SyscallResponse receive_result();
  /// The next frame must be an error, and the last.
  sysproxy::WireError receive_last_error();
  [[nodiscard]] bool closed() { return !receive().has_value(); }

  void handshake(const std::string& name = "test");
  sysproxy::SyscallResponse call(int number, const std::vector<std::uint64_t>& args = {});
  pid_t getpid() { return static_cast<pid_t>(call(kGetpid).result[0]); }
  sysproxy::ForkCookie prefork();

 private:
  bool receive_all(void* to, std::size_t size);
  void receive_banner();

  int fd_;
  std::string banner_;
  std::uint64_t last_request_ = 0;
};

/// What the server logs, debug messages too, is printed when the test fails.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest();
  ~ServerTest() override;

  /// Starts the server; `limits` can be changed until then.
  void start();
  /// Stops it, and waits for its end. At the latest, the fixture does.
  void stop();
  std::unique_ptr<TestClient> connect();
  /// With the guest handshake done.
  std::unique_ptr<TestClient> guest(const std::string& name = "test");

  class KeptLog;
  std::unique_ptr<KeptLog> log_;
  std::string directory_;
  std::string path_;
  Limits limits_;
  FakeKernel kernel_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace farcall::server::test
