// A client's side of Hello and of channels, by hand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "farcall/channel.h"
#include "proto/hello.pb.h"
#include "server_fixture.h"

namespace farcall::server::test {

/// Sends a Hello of `version` with these features and a descriptor (-1: none), and gives the
/// answer. The test fails when there is none.
hello::HelloAnswer say_hello(TestClient& client, const std::vector<int>& features, int descriptor,
                             std::uint32_t version = sysproxy::kHelloVersion);

/// As say_hello, with all that channels have and this process's memory; it is granted.
void upgrade(TestClient& client);

/// A page as a client makes it. The waits for the server end, failing the test, after a minute.
class TestChannel {
 public:
  TestChannel();
  ~TestChannel();
  TestChannel(const TestChannel&) = delete;
  TestChannel& operator=(const TestChannel&) = delete;

  [[nodiscard]] int memfd() const { return memfd_; }
  [[nodiscard]] channel::Page& page() { return *page_; }
  void seal();

  /// Offers it, with an eventfd unless that is -1; the server takes it.
  void open(TestClient& client, int event = -1);

  /// Begins a call, with so many extents of the page's list; returns its request number.
  std::uint64_t begin(int number, const std::vector<std::uint64_t>& args = {},
                      std::uint8_t input_extents = 0);
  /// Says in calls from now on that it runs there.
  void pretend_to_run_on(unsigned cpu) { pretended_cpu_ = cpu; }
  /// Makes the present request a new one.
  void submit(std::uint32_t state);
  /// Sleeps until the server has answered the last call. False: it has left instead.
  bool wait();
  /// The same, but never asleep.
  bool wait_awake();
  /// The server shall signal the eventfd. False: the answer is there already.
  bool expect_event();
  /// begin and wait.
  sysproxy::SyscallResponse call(int number, const std::vector<std::uint64_t>& args = {},
                                 std::uint8_t input_extents = 0);
  sysproxy::SyscallResponse result();
  /// Copies the output of the last call to where it belongs; the number of extents.
  std::uint32_t take_output();
  void close();
  /// Sleeps until the server has left.
  void wait_for_close();
  /// Sleeps until the server asks to read the connection, for the first time.
  void wait_for_attention();
  /// Sleeps until the server sleeps.
  void wait_for_sleep();

 private:
  template <class Condition>
  bool wait_until(const Condition& condition, bool sleeps = true);
  [[nodiscard]] bool is_decided() const;

  int memfd_;
  channel::Page* page_;
  std::uint32_t sequence_ = channel::kNone;
  std::uint64_t last_request_ = channel::kRequestBits;
  std::optional<unsigned> pretended_cpu_;
};

}  // namespace farcall::server::test
