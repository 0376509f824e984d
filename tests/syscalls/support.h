// What the conformance programs share: descriptors that close themselves, loopback addresses,
// connected pairs.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

namespace farcall::conformance {

/// Owns a descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int number) : number_(number) {}
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Fd() { reset(); }

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }
  int release() { return std::exchange(number_, -1); }
  void reset() {
    if (number_ >= 0) close(number_);
    number_ = -1;
  }

 private:
  int number_ = -1;
};

struct Address {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] std::uint16_t port() const;
  friend bool operator==(const Address& a, const Address& b);
};

/// The loopback address of AF_INET or AF_INET6.
Address loopback(int family, std::uint16_t port = 0);
Address local_address(int fd);
Address peer_address(int fd);

/// A socket bound to a free port of the loopback address; listening if it is a stream.
Fd bound_socket(int family, int type);

struct Pair {
  Fd client;
  Fd server;
};

struct Pipe {
  Fd reading;
  Fd writing;
};

/// One of pipe(2).
Pipe make_pipe();

/// The two ends of a TCP connection over loopback. They send short pieces at once: else NetBSD's
/// kernel withholds each until the one before is acknowledged, which is not before a timer says so.
Pair connected(int family);

/// send until all is sent, read until the end; ADD_FAILURE on errors.
void send_all(int fd, const std::string& data);
std::string read_to_end(int fd);

/// Waits up to ten seconds until poll reports one of `events`; what it reports.
short wait_for(int fd, short events);

/// True in front of NetBSD's own kernel. What it then does otherwise than Linux stands in
/// docs/SYSCALLS.md, and tests/netbsd/own_behaviour_test.cc shows that it does so by itself.
bool on_netbsd();

/// An environment of time: fails the test when `work` takes longer than ten seconds of real time or
/// less than `least`.
template <class Work>
void takes_at_least(std::chrono::milliseconds least, Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took, least);
  EXPECT_LT(took, std::chrono::seconds(10));
}

/// A call that returned -1 with errno `error`.
MATCHER_P(FailsWith, error, std::string("fails with ") + std::strerror(error)) {
  const int found = errno;
  if (arg != -1) *result_listener << "which returned " << arg;
  if (arg == -1 && found != error) *result_listener << "but errno is " << std::strerror(found);
  return arg == -1 && found == error;
}

/// A call that returned something else than -1.
MATCHER(Succeeds, "succeeds") {
  const int found = errno;
  if (arg == -1) *result_listener << "but errno is " << std::strerror(found);
  return arg != -1;
}

/// Tests over both families.
class BothFamilies : public ::testing::TestWithParam<int> {};

inline std::string family_name(const ::testing::TestParamInfo<int>& info) {
  return info.param == AF_INET ? "v4" : "v6";
}

}  // namespace farcall::conformance

#define FARCALL_BOTH_FAMILIES(Fixture) \
  INSTANTIATE_TEST_SUITE_P(Family, Fixture, ::testing::Values(AF_INET, AF_INET6), family_name)
