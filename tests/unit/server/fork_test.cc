#include "netbsd/constants.h"
#include "server_fixture.h"

namespace farcall::server::test {
namespace {

using sysproxy::FrameClass;
using sysproxy::FrameType;
using sysproxy::HandshakeKind;
using sysproxy::WireError;

std::string fork_body(const sysproxy::ForkCookie& cookie, std::int32_t cancel = 0) {
  const sysproxy::ForkHandshake handshake{cookie, cancel};
  return {reinterpret_cast<const char*>(&handshake), sizeof(handshake)};
}

TEST_F(ServerTest, AChildAdoptsTheProcessThatWasPrepared) {
  start();
  auto parent = guest("shell");
  const auto cookie = parent->prefork();
  kernel_.wait_for_processes(2);
  auto child = connect();
  child->send_handshake(HandshakeKind::fork, fork_body(cookie));
  const auto answer = child->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.frame_class, FrameClass::response);
  EXPECT_EQ(answer->as<std::int32_t>(), 0);
  EXPECT_NE(child->getpid(), parent->getpid());
  EXPECT_EQ(kernel_.command(child->getpid()), "shell");
}

TEST_F(ServerTest, AChildsMemoryIsItsOwn) {
  start();
  auto parent = guest();
  const auto cookie = parent->prefork();
  auto child = connect();
  child->send_handshake(HandshakeKind::fork, fork_body(cookie));
  ASSERT_TRUE(child->receive());
  child->send_call(kWrite, {0, 0x1000, 4});
  const auto asked = child->receive();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->header.type, FrameType::copyin);
}

TEST_F(ServerTest, ACookieIsGoodOnce) {
  start();
  auto parent = guest();
  const auto cookie = parent->prefork();
  auto child = connect();
  child->send_handshake(HandshakeKind::fork, fork_body(cookie));
  ASSERT_TRUE(child->receive());
  auto thief = connect();
  thief->send_handshake(HandshakeKind::fork, fork_body(cookie));
  EXPECT_EQ(thief->receive_last_error(), WireError::invalid_prefork);
}

TEST_F(ServerTest, AGuessedCookieIsRefused) {
  start();
  auto parent = guest();
  auto cookie = parent->prefork();
  cookie.word[3] ^= 1;
  auto thief = connect();
  thief->send_handshake(HandshakeKind::fork, fork_body(cookie));
  EXPECT_EQ(thief->receive_last_error(), WireError::invalid_prefork);
}

TEST_F(ServerTest, ACancelledForkLeavesNothing) {
  start();
  auto parent = guest();
  const auto cookie = parent->prefork();
  kernel_.wait_for_processes(2);
  auto canceller = connect();
  canceller->send_handshake(HandshakeKind::fork, fork_body(cookie, 1));
  EXPECT_TRUE(canceller->closed());
  kernel_.wait_for_processes(1);
}

TEST_F(ServerTest, AChildMayComeAfterItsParentsEnd) {
  start();
  auto parent = guest("daemon");
  const auto cookie = parent->prefork();
  parent.reset();
  kernel_.wait_for_processes(1);
  auto child = connect();
  child->send_handshake(HandshakeKind::fork, fork_body(cookie));
  ASSERT_TRUE(child->receive());
  EXPECT_EQ(kernel_.command(child->getpid()), "daemon");
}

TEST_F(ServerTest, AChildThatNeverComesIsForgotten) {
  limits_.prefork_time = std::chrono::milliseconds(50);
  start();
  auto parent = guest();
  const auto cookie = parent->prefork();
  kernel_.wait_for_processes(1);
  auto late = connect();
  late->send_handshake(HandshakeKind::fork, fork_body(cookie));
  EXPECT_EQ(late->receive_last_error(), WireError::invalid_prefork);
}

TEST_F(ServerTest, OrphansAreForgottenSooner) {
  limits_.orphan_prefork_time = std::chrono::milliseconds(50);
  start();
  auto parent = guest();
  parent->prefork();
  parent->prefork();
  kernel_.wait_for_processes(3);
  parent.reset();
  kernel_.wait_for_processes(0);
}

TEST_F(ServerTest, OneClientPreparesNoMoreThanItMay) {
  limits_.max_preforks = 2;
  start();
  auto parent = guest();
  parent->prefork();
  parent->prefork();
  parent->send(FrameType::prefork, 0);
  const auto answer = parent->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.frame_class, FrameClass::error);
  EXPECT_EQ(answer->header.detail, static_cast<std::uint32_t>(WireError::try_again));
  EXPECT_GT(parent->getpid(), 0);
}

TEST_F(ServerTest, AForkThatTheKernelRefusesIsAnErrorOfThatRequest) {
  start();
  auto parent = guest();
  kernel_.fail_forks(NB_EAGAIN);
  parent->send(FrameType::prefork, 0);
  const auto answer = parent->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.detail, static_cast<std::uint32_t>(WireError::rfork_failed));
  EXPECT_GT(parent->getpid(), 0);
}

TEST_F(ServerTest, AForkHandshakeOfTheWrongSizeIsMalformed) {
  start();
  for (const std::size_t size : {0, 19, 21, 1000}) {
    auto client = connect();
    client->send_handshake(HandshakeKind::fork, std::string(size, 'x'));
    EXPECT_EQ(client->receive_last_error(), WireError::malformed) << size;
  }
}

// ---- exec

TEST_F(ServerTest, AnExecKeepsTheProcessAndRenamesIt) {
  start();
  auto client = guest("old");
  const pid_t pid = client->getpid();
  client->send_handshake(HandshakeKind::exec, "new");
  const auto answer = client->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.type, FrameType::handshake);
  EXPECT_EQ(client->getpid(), pid);
  EXPECT_EQ(kernel_.command(pid), "new");
}

TEST_F(ServerTest, AnExecEndsTheOldProgramsCallsUnanswered) {
  start();
  auto client = guest("old");
  client->send_call(kSelect);
  client->send_call(kSelect);
  kernel_.wait_for_sleepers(2);
  client->send_handshake(HandshakeKind::exec, "new");
  const auto answer = client->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.type, FrameType::handshake);
  EXPECT_GT(client->getpid(), 0);
  // The main lwp and the worker's.
  EXPECT_EQ(kernel_.lwps(), 2u);
}

TEST_F(ServerTest, AnExecEndsCallsThatWaitForMemory) {
  start();
  auto client = guest("old");
  client->send_call(kWrite, {0, 0x1000, 10});
  ASSERT_EQ(client->receive()->header.type, FrameType::copyin);
  client->send_call(kWrite, {0, 0x1000, 10});
  ASSERT_EQ(client->receive()->header.type, FrameType::copyin);
  client->send_handshake(HandshakeKind::exec, "new");
  const auto answer = client->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.type, FrameType::handshake);
  EXPECT_GT(client->getpid(), 0);
}

TEST_F(ServerTest, OneExecAfterAnother) {
  start();
  auto client = guest("0");
  for (int i = 1; i <= 20; ++i) {
    client->send_call(kSelect);
    kernel_.wait_for_sleepers(1);
    client->send_handshake(HandshakeKind::exec, std::to_string(i));
    ASSERT_EQ(client->receive()->header.type, FrameType::handshake);
  }
  EXPECT_EQ(kernel_.command(client->getpid()), "20");
}

}  // namespace
}  // namespace farcall::server::test
