// Clients that break the rules, or take too much.
#include <algorithm>
#include <filesystem>
#include <iterator>

#include "netbsd/constants.h"
#include "server_fixture.h"

namespace farcall::server::test {
namespace {

using sysproxy::FrameClass;
using sysproxy::FrameHeader;
using sysproxy::FrameType;
using sysproxy::WireError;

class HostileTest : public ServerTest {
 protected:
  /// A well-behaved client is there meanwhile, and stays.
  void expect_malformed(const FrameHeader& header) {
    auto witness = guest();
    auto client = guest();
    client->send_raw(&header, sizeof(header));
    EXPECT_EQ(client->receive_last_error(), WireError::malformed);
    EXPECT_GT(witness->getpid(), 0);
  }
};

std::ptrdiff_t threads_of_this_process() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

FrameHeader header_with(std::uint64_t length, FrameClass frame_class, FrameType type) {
  return {length, 1, frame_class, type, kGetpid};
}

TEST_F(HostileTest, FramesShorterThanAHeader) {
  start();
  for (const std::uint64_t length : {0, 1, 23}) {
    expect_malformed(header_with(length, FrameClass::request, FrameType::syscall));
  }
}

TEST_F(HostileTest, FramesLongerThanTheLimit) {
  limits_.max_frame = 4096;
  start();
  for (const std::uint64_t length :
       {std::uint64_t{4097}, std::uint64_t{1} << 32, ~std::uint64_t{0}, ~std::uint64_t{0} - 23}) {
    expect_malformed(header_with(length, FrameClass::request, FrameType::syscall));
    expect_malformed(header_with(length, FrameClass::response, FrameType::copyin));
  }
}

TEST_F(HostileTest, BodiesThatTheirTypeDoesNotAllow) {
  start();
  expect_malformed(header_with(24 + 65, FrameClass::request, FrameType::syscall));
  expect_malformed(header_with(24 + 1, FrameClass::request, FrameType::prefork));
  expect_malformed(header_with(24 + 8, FrameClass::request, FrameType::interrupt));
  FrameHeader exec = header_with(24 + 1025, FrameClass::request, FrameType::handshake);
  exec.detail = static_cast<std::uint32_t>(sysproxy::HandshakeKind::exec);
  expect_malformed(exec);
}

TEST_F(HostileTest, TypesAndClassesThatThereAreNot) {
  start();
  for (const int type : {2, 3, 4, 5, 6, 8, 12, 65535}) {
    expect_malformed(header_with(24, FrameClass::request, static_cast<FrameType>(type)));
  }
  expect_malformed(header_with(24, static_cast<FrameClass>(3), FrameType::syscall));
  expect_malformed(header_with(24, static_cast<FrameClass>(65535), FrameType::syscall));
}

TEST_F(HostileTest, ABrokenFrameAmidCallsEndsTheProcess) {
  start();
  auto client = guest();
  client->send_call(kSelect);
  kernel_.wait_for_sleepers(1);
  const FrameHeader broken = header_with(3, FrameClass::request, FrameType::syscall);
  client->send_raw(&broken, sizeof(broken));
  kernel_.wait_for_processes(0);
}

TEST_F(HostileTest, NoMoreCallsThanAreAllowedAtATime) {
  limits_.max_calls = 3;
  start();
  auto client = guest();
  for (int i = 0; i < 3; ++i) client->send_call(kSelect);
  kernel_.wait_for_sleepers(3);
  const auto number = client->send_call(kGetpid);
  const auto refused = client->receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->header.frame_class, FrameClass::error);
  EXPECT_EQ(refused->header.request, number);
  EXPECT_EQ(refused->header.detail, static_cast<std::uint32_t>(WireError::try_again));
  kernel_.wake();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client->receive_result().error, 0);
  EXPECT_GT(client->getpid(), 0);
}

// Each answer that could not be sent kept a worker: one client made 23,000 of them, until the host
// had no thread for anybody.
TEST_F(HostileTest, AClientThatDoesNotReadGetsNoMoreThreads) {
  limits_.max_calls = 8;
  start();
  auto witness = guest();
  auto client = guest();
  std::ptrdiff_t most = 0;
  // More than any socket's buffers hold; it ends early, as the client is dropped.
  for (int i = 0; i < 100'000 && client->takes_more(); ++i) {
    client->send_call(kGetpid);
    if (i % 64 == 0) most = std::max(most, threads_of_this_process());
  }
  EXPECT_LE(most, 64);
  EXPECT_GT(witness->getpid(), 0);
}

TEST_F(HostileTest, NoMoreBytesThanAreAllowedAtATime) {
  limits_.max_held = 2 * sizeof(Request);
  start();
  auto client = guest("");
  client->send_call(kSelect);
  kernel_.wait_for_sleepers(1);
  client->send_call(kGetpid);
  const auto refused = client->receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->header.detail, static_cast<std::uint32_t>(WireError::try_again));
  auto other = guest("");
  EXPECT_GT(other->getpid(), 0);
}

TEST_F(HostileTest, AllTogetherHoldNoMoreThanTheTotal) {
  limits_.max_held_total = 2 * sizeof(Request);
  start();
  auto client = guest("");
  auto other = guest("");
  client->send_call(kSelect);
  kernel_.wait_for_sleepers(1);
  other->send_call(kGetpid);
  const auto refused = other->receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->header.detail, static_cast<std::uint32_t>(WireError::try_again));
  kernel_.wake();
  EXPECT_EQ(client->receive_result().error, 0);
}

TEST_F(HostileTest, NoMoreClientsThanAreAllowed) {
  limits_.max_clients = 2;
  start();
  auto one = guest();
  auto two = guest();
  auto three = connect();
  EXPECT_EQ(three->receive_last_error(), WireError::try_again);
  one.reset();
  kernel_.wait_for_processes(1);
  EXPECT_GT(two->getpid(), 0);
}

TEST_F(HostileTest, AClientMayGoAtAnyByte) {
  start();
  std::string all;
  const auto add = [&](FrameType type, std::uint32_t detail, const std::string& body) {
    const FrameHeader header{sizeof(header) + body.size(), 1, FrameClass::request, type, detail};
    all.append(reinterpret_cast<const char*>(&header), sizeof(header));
    all += body;
  };
  add(FrameType::handshake, 0, "name");
  add(FrameType::syscall, kWrite, std::string(24, '\1'));
  add(FrameType::prefork, 0, "");
  for (std::size_t size = 0; size <= all.size(); ++size) {
    connect()->send_raw(all.data(), size);
  }
  auto witness = guest();
  EXPECT_GT(witness->getpid(), 0);
}

// ---- the server's end

TEST_F(ServerTest, StoppingLetsCallsEnd) {
  start();
  auto client = guest();
  client->send_call(kSelect);
  kernel_.wait_for_sleepers(1);
  server_->stop();
  kernel_.wake();
  EXPECT_EQ(client->receive_result().error, 0);
  EXPECT_TRUE(client->closed());
  stop();
}

TEST_F(ServerTest, StoppingEndsCallsThatDoNotEnd) {
  limits_.stop_time = std::chrono::milliseconds(50);
  start();
  auto client = guest();
  client->send_call(kSelect);
  kernel_.wait_for_sleepers(1);
  auto idle = guest();
  stop();
  EXPECT_TRUE(client->closed());
  EXPECT_TRUE(idle->closed());
  kernel_.wait_for_processes(0);
}

TEST_F(ServerTest, StoppingRemovesTheSocket) {
  start();
  EXPECT_EQ(access(path_.c_str(), F_OK), 0);
  stop();
  EXPECT_NE(access(path_.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace farcall::server::test
