#include "netbsd/constants.h"
#include "server_fixture.h"

namespace farcall::server::test {
namespace {

using sysproxy::FrameClass;
using sysproxy::FrameHeader;
using sysproxy::FrameType;
using sysproxy::WireError;

TEST_F(ServerTest, CallsOfOneClientAreOneProcess) {
  start();
  auto one = guest();
  auto other = guest();
  EXPECT_EQ(one->getpid(), one->getpid());
  EXPECT_NE(one->getpid(), other->getpid());
}

TEST_F(ServerTest, TheAnswerHasTheRequestsNumber) {
  start();
  auto client = guest();
  client->send_numbered(FrameClass::request, FrameType::syscall, 0x8000000000000007, kGetpid);
  const auto answer = client->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.request, 0x8000000000000007);
}

TEST_F(ServerTest, ANumberThatNoKernelHasNeverReachesIt) {
  start();
  auto client = guest();
  for (const int number : {-1, -20, 0x7fffffff, 100'000}) {
    EXPECT_EQ(client->call(number).error, NB_ENOSYS) << number;
  }
}

TEST_F(ServerTest, OneClientSleepsAndAnotherCalls) {
  start();
  auto sleeper = guest();
  sleeper->send_call(kSelect);
  kernel_.wait_for_sleepers(1);
  auto other = guest();
  EXPECT_GT(other->getpid(), 0);
  kernel_.wake();
  EXPECT_EQ(sleeper->receive_result().error, 0);
}

TEST_F(ServerTest, OneCallSleepsAndOthersOfTheSameClientGoOn) {
  start();
  auto client = guest();
  const auto sleeping = client->send_call(kSelect);
  kernel_.wait_for_sleepers(1);
  for (int i = 0; i < 20; ++i) EXPECT_GT(client->getpid(), 0);
  client->send_call(kSelect);
  kernel_.wait_for_sleepers(2);
  EXPECT_GT(client->getpid(), 0);
  kernel_.wake();
  const auto first = client->receive();
  const auto second = client->receive();
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(first->header.request == sleeping || second->header.request == sleeping);
}

TEST_F(ServerTest, RequestsThatComeTogetherAreAllAnswered) {
  start();
  auto client = guest();
  std::string together;
  constexpr int kRequests = 200;
  for (int i = 0; i < kRequests; ++i) {
    const FrameHeader header{sizeof(header), 1000u + i, FrameClass::request, FrameType::syscall,
                             kGetpid};
    together.append(reinterpret_cast<const char*>(&header), sizeof(header));
  }
  client->send_raw(together.data(), together.size());
  for (int i = 0; i < kRequests; ++i) EXPECT_EQ(client->receive_result().error, 0);
}

TEST_F(ServerTest, RequestsBehindASleepingOneAreReadAhead) {
  start();
  auto client = guest();
  std::string together;
  for (const int call : {int{kSelect}, int{kGetpid}, int{kGetpid}}) {
    const FrameHeader header{sizeof(header), 7, FrameClass::request, FrameType::syscall,
                             static_cast<std::uint32_t>(call)};
    together.append(reinterpret_cast<const char*>(&header), sizeof(header));
  }
  client->send_raw(together.data(), together.size());
  EXPECT_GT(client->receive_result().result[0], 0);
  EXPECT_GT(client->receive_result().result[0], 0);
  kernel_.wake();
  EXPECT_EQ(client->receive_result().error, 0);
}

TEST_F(ServerTest, AFrameMayComeByteByByte) {
  start();
  auto client = guest();
  const FrameHeader header{sizeof(header), 9, FrameClass::request, FrameType::syscall, kGetpid};
  for (std::size_t i = 0; i < sizeof(header); ++i) {
    client->send_raw(reinterpret_cast<const char*>(&header) + i, 1);
  }
  EXPECT_GT(client->receive_result().result[0], 0);
}

TEST_F(ServerTest, AClientThatGoesLeavesNothing) {
  start();
  auto client = guest();
  client->send_call(kSelect);
  client->send_call(kSelect);
  kernel_.wait_for_sleepers(2);
  client.reset();
  kernel_.wait_for_processes(0);
  EXPECT_EQ(kernel_.lwps(), 0u);
}

TEST_F(ServerTest, FiveHundredClientsAtATime) {
  start();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 500; ++i) clients.push_back(guest());
  for (const auto& client : clients) EXPECT_GT(client->getpid(), 0);
  clients.clear();
  kernel_.wait_for_processes(0);
}

// ---- signals to clients, and interrupts from them

TEST_F(ServerTest, ASignalComesBeforeTheAnswerOfTheCallThatCausedIt) {
  start();
  auto client = guest();
  const auto number = client->send_call(kKill, {0, 13});
  const auto raised = client->receive();
  ASSERT_TRUE(raised);
  EXPECT_EQ(raised->header.type, FrameType::raise);
  EXPECT_EQ(raised->header.detail, 13u);
  EXPECT_EQ(raised->header.request, number);
  EXPECT_EQ(client->receive_result().error, 0);
}

TEST_F(ServerTest, AnInterruptEndsTheCallThatItNames) {
  start();
  auto client = guest();
  const auto first = client->send_call(kSelect);
  kernel_.wait_for_sleepers(1);
  client->send_call(kSelect);
  kernel_.wait_for_sleepers(2);
  client->send_numbered(FrameClass::request, FrameType::interrupt, first, 0);
  const auto answer = client->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.request, first);
  EXPECT_EQ(answer->as<sysproxy::SyscallResponse>().error, NB_EINTR);
  kernel_.wake();
  EXPECT_EQ(client->receive_result().error, 0);
}

TEST_F(ServerTest, AnInterruptRightBehindItsCallIsNotLost) {
  start();
  auto client = guest();
  for (int i = 0; i < 200; ++i) {
    const auto number = client->send_call(kSelect);
    client->send_numbered(FrameClass::request, FrameType::interrupt, number, 0);
    EXPECT_EQ(client->receive_result().error, NB_EINTR);
  }
}

TEST_F(ServerTest, AnInterruptOfAnEndedCallTouchesNoOther) {
  start();
  auto client = guest();
  const auto ended = client->send_call(kGetpid);
  EXPECT_EQ(client->receive_result().error, 0);
  client->send_call(kSelect);
  client->send_numbered(FrameClass::request, FrameType::interrupt, ended, 0);
  client->send_numbered(FrameClass::request, FrameType::interrupt, 12345, 0);
  EXPECT_GT(client->getpid(), 0);
  kernel_.wait_for_sleepers(1);
  kernel_.wake();
  EXPECT_EQ(client->receive_result().error, 0);
}

}  // namespace
}  // namespace farcall::server::test
