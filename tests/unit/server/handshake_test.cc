#include "netbsd/constants.h"
#include "server_fixture.h"

namespace farcall::server::test {
namespace {

using sysproxy::FrameType;
using sysproxy::HandshakeKind;
using sysproxy::WireError;

TEST_F(ServerTest, GreetsWithTheKernelsNameAndFarcallsMark) {
  start();
  EXPECT_EQ(connect()->banner(), "RUMPSP-0.4-Fake-1.0/test farcall/1\n");
}

TEST_F(ServerTest, GuestBecomesAProcessWithItsName) {
  start();
  auto client = guest(std::string("ifconfig\0junk", 13));
  EXPECT_EQ(kernel_.command(client->getpid()), "ifconfig");
}

TEST_F(ServerTest, GuestWithoutANameOrAnEndOfItIsTaken) {
  start();
  EXPECT_EQ(kernel_.command(guest("")->getpid()), "");
  const std::string longest(1024, 'x');
  auto client = guest(longest);
  EXPECT_EQ(kernel_.command(client->getpid()), longest);
}

TEST_F(ServerTest, ACallBeforeTheHandshakeIsRefused) {
  start();
  auto client = connect();
  client->send_call(kGetpid);
  EXPECT_EQ(client->receive_last_error(), WireError::auth);
  kernel_.wait_for_processes(0);
}

TEST_F(ServerTest, AnExecOrAuthHandshakeFirstIsRefused) {
  start();
  for (const auto kind : {HandshakeKind::exec, HandshakeKind::auth, HandshakeKind{77}}) {
    auto client = connect();
    client->send_handshake(kind, "name");
    EXPECT_EQ(client->receive_last_error(), WireError::auth);
  }
}

TEST_F(ServerTest, ASecondGuestHandshakeIsMalformed) {
  start();
  auto client = guest();
  client->send_handshake(HandshakeKind::guest, "again");
  EXPECT_EQ(client->receive_last_error(), WireError::malformed);
  kernel_.wait_for_processes(0);
}

TEST_F(ServerTest, AKernelWithoutRoomForAProcessIsReported) {
  start();
  kernel_.fail_forks(NB_EAGAIN);
  auto client = connect();
  client->send_handshake(HandshakeKind::guest, "name");
  EXPECT_EQ(client->receive_last_error(), WireError::rfork_failed);
}

TEST_F(ServerTest, WhoSaysNothingIsDroppedInTime) {
  limits_.handshake_time = std::chrono::milliseconds(50);
  start();
  auto silent = connect();
  EXPECT_EQ(silent->receive_last_error(), WireError::auth);
}

TEST_F(ServerTest, WhoSaysHalfAHandshakeIsDroppedInTime) {
  limits_.handshake_time = std::chrono::milliseconds(50);
  start();
  auto slow = connect();
  slow->send_raw("1234567", 7);
  EXPECT_EQ(slow->receive_last_error(), WireError::auth);
}

TEST_F(ServerTest, TheHandshakesTimeEndsWithIt) {
  limits_.handshake_time = std::chrono::milliseconds(50);
  start();
  auto client = guest();
  client->send_call(kSelect);
  kernel_.wait_for_sleepers(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  kernel_.wake();
  EXPECT_EQ(client->receive_result().error, 0);
}

TEST_F(ServerTest, CallsMayFollowTheHandshakeAtOnce) {
  start();
  auto client = connect();
  client->send_handshake(HandshakeKind::guest, "eager");
  client->send_call(kGetpid);
  const auto answer = client->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.type, FrameType::handshake);
  EXPECT_EQ(client->receive_result().error, 0);
}

}  // namespace
}  // namespace farcall::server::test
