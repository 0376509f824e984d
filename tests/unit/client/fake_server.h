// A server made of a script: the test says, frame by frame, what it reads and what it sends.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "farcall/sysproxy.h"

namespace farcall::client_test {

namespace wire = farcall::sysproxy;

/// ThreadSanitizer holds handlers back while a thread waits in a system call that it does not know,
/// as all of the client's are, and allows no threads in the child of a program that has some.
#ifdef __SANITIZE_THREAD__
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif

struct Frame {
  wire::FrameHeader header{};
  std::string body;
};

inline constexpr char kOurBanner[] = "RUMPSP-0.4-Farcall-1.0/amd64 farcall/1\n";
/// HelloAnswers of version 1: without features; with both, and 8 channels.
inline constexpr std::string_view kNoFeatures = "\x08\x01";
inline constexpr std::string_view kAllFeatures = "\x08\x01\x12\x02\x01\x02\x18\x08";
/// As kAllFeatures, with channel_events.
inline constexpr std::string_view kEvents = "\x08\x01\x12\x03\x01\x02\x05\x18\x08";
/// With inline_buffers, and 1 MiB of data.
inline constexpr std::string_view kInlineBuffers = "\x08\x01\x10\x03\x20\x80\x80\x40";
inline constexpr char kStockBanner[] = "RUMPSP-0.4-NetBSD-7.99.34/amd64\n";

/// The server's end of one connection. Waits are bounded: after 10 seconds a read fails the test.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  Peer(Peer&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), passed_(std::exchange(other.passed_, {})) {}
  Peer& operator=(Peer&&) = delete;
  ~Peer() { hang_up(); }

  void say(std::string_view bytes);
  void hang_up();
  /// The next frame; after a failure an empty one.
  Frame read();
  /// True when something arrives within `milliseconds`.
  bool has_input(int milliseconds);
  bool at_end();

  void send(wire::FrameClass frame_class, wire::FrameType type, std::uint64_t request,
            std::uint32_t detail, std::string_view body = {});
  /// Greets and answers a handshake; returns it. A Hello that comes first gets `hello_answer`.
  Frame welcome(const char* banner = kOurBanner, std::string_view hello_answer = kNoFeatures);
  Frame read_handshake(std::string_view hello_answer = kNoFeatures);
  void answer_hello(const Frame& hello, std::string_view answer = kNoFeatures);
  /// The next of the descriptors that came last with a frame, now the caller's; -1: no more did.
  int take_passed();
  void answer_handshake(const Frame& handshake, std::int32_t error = 0);
  /// The next frame, which has to be that system call.
  Frame expect_syscall(std::uint32_t number);
  void answer(const Frame& syscall, std::int32_t error, std::int64_t first = 0,
              std::int64_t second = 0);
  /// Asks for memory, on behalf of `syscall`, and returns the client's answer.
  Frame copyin(const Frame& syscall, const void* address, std::uint64_t length,
               wire::FrameType type = wire::FrameType::copyin);
  void copyout(const Frame& syscall, void* address, std::string_view data);

 private:
  bool read_exactly(void* into, std::size_t size);
  int fd_;
  std::vector<int> passed_;
};

/// A unix socket in a directory of its own.
class Listener {
 public:
  Listener();
  ~Listener();
  [[nodiscard]] std::string url() const { return "unix://" + path_; }
  Peer accept() const;

 private:
  std::string directory_;
  std::string path_;
  int fd_;
};

/// A tcp socket on a port of the host's choice; family AF_INET or AF_INET6.
class TcpListener {
 public:
  explicit TcpListener(int family);
  ~TcpListener();
  [[nodiscard]] std::string url() const { return url_; }
  Peer accept() const;

 private:
  std::string url_;
  int fd_;
};

/// The argument slots of a system call's frame.
std::uint64_t argument(const Frame& syscall, std::size_t index);

/// A client of a scripted server. Each test leaves the process without a connection, as it found
/// it.
class ClientTest : public ::testing::Test {
 protected:
  void TearDown() override;
  /// Runs the server's side, from accept on, in a thread of its own.
  void serve(std::function<void(Peer&)> script);
  /// Waits for the script's end.
  void join();
  /// serve, with the guest handshake done first, and the client's farcall_connect.
  void connect_to(std::function<void(Peer&)> script, const char* banner = kOurBanner,
                  std::string_view hello_answer = kNoFeatures);

  Listener listener_;
  std::thread server_;
};

/// A system call through farcall_syscall.
struct Outcome {
  int error = 0;
  long result[2] = {0, 0};
};
Outcome call(int number, std::initializer_list<std::uint64_t> arguments = {}, int restart = 1);

}  // namespace farcall::client_test
