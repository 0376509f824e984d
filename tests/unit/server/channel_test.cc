// Calls through shared memory.
#include <algorithm>

#include "channel_client.h"
#include "netbsd/constants.h"

namespace farcall::server::test {
namespace {

using sysproxy::FrameType;
using sysproxy::HandshakeKind;

std::uint64_t address_of(const void* memory) { return reinterpret_cast<std::uint64_t>(memory); }

class ChannelTest : public ServerTest {
 protected:
  std::unique_ptr<TestClient> upgraded() {
    auto client = guest();
    upgrade(*client);
    return client;
  }
};

TEST_F(ChannelTest, CarriesCalls) {
  start();
  auto client = upgraded();
  TestChannel channel;
  channel.open(*client);
  const pid_t pid = client->getpid();
  for (int i = 0; i < 1000; ++i) {
    const auto result = channel.call(kGetpid);
    ASSERT_EQ(result.error, 0);
    ASSERT_EQ(result.result[0], pid);
  }
}

TEST_F(ChannelTest, CopiesThroughTheClientsMemory) {
  start();
  auto client = upgraded();
  TestChannel channel;
  channel.open(*client);
  const std::string data = "through the page";
  EXPECT_EQ(channel.call(kWrite, {0, address_of(data.data()), data.size()}).error, 0);
  std::string back(data.size(), '\0');
  EXPECT_EQ(channel.call(kRead, {0, address_of(back.data()), back.size()}).error, 0);
  EXPECT_EQ(channel.take_output(), 1U);
  EXPECT_EQ(back, data);
  EXPECT_EQ(channel.call(kWrite, {0, 8, 1}).error, NB_EFAULT);
}

TEST_F(ChannelTest, KeepsItsLwp) {
  start();
  auto client = upgraded();
  client->getpid();
  const std::size_t before = kernel_.lwps();
  TestChannel channel;
  channel.open(*client);
  for (int i = 0; i < 10; ++i) channel.call(kGetpid);
  EXPECT_EQ(kernel_.lwps(), before + 1);
  channel.close();
  channel.wait_for_close();
  EXPECT_EQ(kernel_.lwps(), before);
}

TEST_F(ChannelTest, WorksBesideOthersAndTheConnection) {
  start();
  auto client = upgraded();
  constexpr int kThreads = 4;
  std::vector<std::unique_ptr<TestChannel>> channels;
  for (int i = 0; i < kThreads; ++i) {
    channels.push_back(std::make_unique<TestChannel>());
    channels.back()->open(*client);
  }
  std::vector<std::thread> threads;
  for (auto& channel : channels) {
    threads.emplace_back([&channel] {
      for (int i = 0; i < 300; ++i) EXPECT_EQ(channel->call(kGetpid).error, 0);
    });
  }
  for (int i = 0; i < 100; ++i) client->getpid();
  for (auto& thread : threads) thread.join();
}

TEST_F(ChannelTest, DoesNotCountAmongTheConnectionsCalls) {
  limits_.max_calls = 1;
  start();
  auto client = upgraded();
  std::vector<std::unique_ptr<TestChannel>> channels;
  for (int i = 0; i < 8; ++i) {
    channels.push_back(std::make_unique<TestChannel>());
    channels.back()->open(*client);
    EXPECT_EQ(channels.back()->call(kGetpid).error, 0);
  }
  EXPECT_GT(client->getpid(), 0);
}

TEST_F(ChannelTest, WakesUpAfterASleep) {
  start();
  auto client = upgraded();
  TestChannel channel;
  channel.open(*client);
  for (int i = 0; i < 20; ++i) {
    channel.wait_for_sleep();
    EXPECT_EQ(channel.call(kGetpid).error, 0);
  }
}

TEST_F(ChannelTest, AnInterruptEndsASleepingCall) {
  start();
  auto client = upgraded();
  TestChannel channel;
  channel.open(*client);
  const auto number = channel.begin(kSelect);
  kernel_.wait_for_sleepers(1);
  client->send_numbered(sysproxy::FrameClass::request, FrameType::interrupt, number, 0);
  EXPECT_TRUE(channel.wait());
  EXPECT_EQ(channel.result().error, NB_EINTR);
  EXPECT_EQ(channel.call(kGetpid).error, 0);
}

// The interrupt may arrive before, within and after a call.
TEST_F(ChannelTest, AnInterruptFindsItsCallWheneverItComes) {
  start();
  auto client = upgraded();
  TestChannel channel;
  channel.open(*client);
  for (int i = 0; i < 200; ++i) {
    const auto number = channel.begin(kSelect);
    client->send_numbered(sysproxy::FrameClass::request, FrameType::interrupt, number, 0);
    ASSERT_TRUE(channel.wait());
    ASSERT_EQ(channel.result().error, NB_EINTR);
  }
}

TEST_F(ChannelTest, AnInterruptOfAnotherCallDoesNothing) {
  start();
  auto client = upgraded();
  TestChannel channel;
  channel.open(*client);
  const auto old = channel.begin(kGetpid);
  EXPECT_TRUE(channel.wait());
  channel.begin(kSelect);
  kernel_.wait_for_sleepers(1);
  client->send_numbered(sysproxy::FrameClass::request, FrameType::interrupt, old, 0);
  client->getpid();  // The interrupt has been read.
  kernel_.wake();
  EXPECT_TRUE(channel.wait());
  EXPECT_EQ(channel.result().error, 0);
}

TEST_F(ChannelTest, ASignalComesWithTheAnswer) {
  start();
  auto client = upgraded();
  TestChannel channel;
  channel.open(*client);
  channel.call(kKill, {0, 13});
  EXPECT_EQ(channel.page().response.signal, 13u);
  channel.call(kGetpid);
  EXPECT_EQ(channel.page().response.signal, 0u);
}

TEST_F(ChannelTest, CallsAttentionToAFrameThatNobodyAwaits) {
  start();
  auto client = upgraded();
  TestChannel channel;
  channel.open(*client);
  const auto number = channel.begin(kMmap, {0, 8192});
  channel.wait_for_attention();
  const auto frame = client->receive();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->header.type, FrameType::anonmmap);
  EXPECT_EQ(frame->header.request, number);
  const std::uint64_t address = 0x7000'0000;
  client->send_numbered(sysproxy::FrameClass::response, FrameType::anonmmap, number, 0,
                        std::string(reinterpret_cast<const char*>(&address), 8));
  EXPECT_TRUE(channel.wait());
  EXPECT_EQ(channel.result().result[0], 0x7000'0000);
  // Somebody still reads the connection.
  EXPECT_GT(client->getpid(), 0);
}

TEST_F(ChannelTest, TheClientsEndEndsItAndItsCall) {
  start();
  auto witness = guest();
  auto client = upgraded();
  TestChannel channel;
  TestChannel idle;
  channel.open(*client);
  idle.open(*client);
  channel.begin(kSelect);
  kernel_.wait_for_sleepers(1);
  client.reset();
  channel.wait_for_close();
  idle.wait_for_close();
  kernel_.wait_for_processes(1);
  EXPECT_GT(witness->getpid(), 0);
}

TEST_F(ChannelTest, AnExecEndsIt) {
  start();
  auto client = upgraded();
  TestChannel channel;
  TestChannel idle;
  channel.open(*client);
  idle.open(*client);
  channel.begin(kSelect);
  kernel_.wait_for_sleepers(1);
  client->send_handshake(HandshakeKind::exec, "other");
  const auto answer = client->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.type, FrameType::handshake);
  channel.wait_for_close();
  idle.wait_for_close();
  // The new program makes its own.
  upgrade(*client);
  TestChannel fresh;
  fresh.open(*client);
  EXPECT_EQ(fresh.call(kGetpid).error, 0);
}

TEST_F(ChannelTest, AStopWaitsForItsCall) {
  limits_.stop_time = std::chrono::minutes(10);
  start();
  auto client = upgraded();
  TestChannel channel;
  channel.open(*client);
  channel.begin(kSelect);
  kernel_.wait_for_sleepers(1);
  server_->stop();
  kernel_.wake();
  EXPECT_TRUE(channel.wait());
  EXPECT_EQ(channel.result().error, 0);
  EXPECT_TRUE(client->closed());
}

}  // namespace
}  // namespace farcall::server::test
