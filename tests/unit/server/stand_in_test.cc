// Interrupts on a kernel that has no upcall for them, as NetBSD's: calls that may sleep are
// executed in processes that stand in for the client's.
#include "channel_client.h"
#include "netbsd/constants.h"

namespace farcall::server::test {
namespace {

using sysproxy::FrameClass;
using sysproxy::FrameType;

class StandInTest : public ServerTest {
 protected:
  StandInTest() { kernel_.drop_interrupt_upcall(); }
};

void interrupt(TestClient& client, std::uint64_t number) {
  client.send_numbered(FrameClass::request, FrameType::interrupt, number, 0);
}

TEST_F(StandInTest, AnInterruptEndsTheCallThatItNames) {
  start();
  auto client = guest();
  const auto first = client->send_call(kSelect);
  kernel_.wait_for_sleepers(1);
  client->send_call(kSelect);
  kernel_.wait_for_sleepers(2);
  interrupt(*client, first);
  const auto answer = client->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.request, first);
  EXPECT_EQ(answer->as<sysproxy::SyscallResponse>().error, NB_EINTR);
  kernel_.wake();
  EXPECT_EQ(client->receive_result().error, 0);
}

TEST_F(StandInTest, AnInterruptRightBehindItsCallIsNotLost) {
  start();
  auto client = guest();
  for (int i = 0; i < 200; ++i) {
    interrupt(*client, client->send_call(kSelect));
    ASSERT_EQ(client->receive_result().error, NB_EINTR);
  }
}

TEST_F(StandInTest, AnInterruptFindsACallOfAChannelWheneverItComes) {
  start();
  auto client = guest();
  upgrade(*client);
  TestChannel channel;
  channel.open(*client);
  for (int i = 0; i < 200; ++i) {
    interrupt(*client, channel.begin(kSelect));
    ASSERT_TRUE(channel.wait());
    ASSERT_EQ(channel.result().error, NB_EINTR);
  }
}

TEST_F(StandInTest, OtherCallsAreTheClientsOwn) {
  start();
  auto client = guest();
  const pid_t pid = client->getpid();
  for (int i = 0; i < 3; ++i) {
    interrupt(*client, client->send_call(kSelect));
    EXPECT_EQ(client->receive_result().error, NB_EINTR);
    EXPECT_EQ(client->getpid(), pid);
  }
}

TEST_F(StandInTest, NothingStaysOfAClientThatGoes) {
  start();
  auto client = guest();
  client->send_call(kSelect);
  client->send_call(kSelect);
  kernel_.wait_for_sleepers(2);
  client.reset();
  kernel_.wait_for_processes(0);
  EXPECT_EQ(kernel_.lwps(), 0u);
}

TEST_F(StandInTest, ExecEndsACallThatSleeps) {
  start();
  auto client = guest();
  const pid_t pid = client->getpid();
  client->send_call(kSelect);
  kernel_.wait_for_sleepers(1);
  client->send_handshake(sysproxy::HandshakeKind::exec, "other");
  const auto answer = client->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.type, FrameType::handshake);
  kernel_.wait_for_sleepers(0);
  EXPECT_EQ(client->getpid(), pid);
  interrupt(*client, client->send_call(kSelect));
  EXPECT_EQ(client->receive_result().error, NB_EINTR);
}

}  // namespace
}  // namespace farcall::server::test
