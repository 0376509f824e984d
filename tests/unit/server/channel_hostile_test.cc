// Channels of clients that break the rules, or take too much.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <random>

#include "channel_client.h"
#include "netbsd/constants.h"

namespace farcall::server::test {
namespace {

using sysproxy::FrameClass;
using sysproxy::FrameType;
using sysproxy::WireError;

class ChannelHostileTest : public ServerTest {
 protected:
  std::unique_ptr<TestClient> upgraded() {
    auto client = guest();
    upgrade(*client);
    return client;
  }

  void expect_refused(int descriptor) {
    auto client = upgraded();
    if (descriptor == -1) {
      client->send(FrameType::channel_open, 0);
    } else {
      client->send_with_descriptor(FrameType::channel_open, "", descriptor);
    }
    EXPECT_EQ(client->receive_last_error(), WireError::malformed);
  }
};

TEST_F(ChannelHostileTest, PagesThatAreNotAsTheyShouldBe) {
  start();
  expect_refused(-1);
  TestChannel unsealed;
  expect_refused(unsealed.memfd());
  TestChannel half_sealed;
  ASSERT_EQ(fcntl(half_sealed.memfd(), F_ADD_SEALS, F_SEAL_GROW), 0);
  expect_refused(half_sealed.memfd());
  TestChannel read_only;
  read_only.seal();
  ASSERT_EQ(fcntl(read_only.memfd(), F_ADD_SEALS, F_SEAL_FUTURE_WRITE), 0);
  expect_refused(read_only.memfd());
  for (const off_t size : {0, 100, 4095, 8192}) {
    TestChannel resized;
    ASSERT_EQ(ftruncate(resized.memfd(), size), 0);
    resized.seal();
    expect_refused(resized.memfd());
  }
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  expect_refused(null);
  close(null);
}

TEST_F(ChannelHostileTest, PagesThatBeginOtherwise) {
  start();
  TestChannel magic;
  ++magic.page().header.magic;
  TestChannel version;
  ++version.page().header.version;
  TestChannel size;
  size.page().header.size = 0;
  for (TestChannel* wrong : {&magic, &version, &size}) {
    wrong->seal();
    expect_refused(wrong->memfd());
  }
}

TEST_F(ChannelHostileTest, ChannelsThatWereNotGranted) {
  start();
  TestChannel channel;
  channel.seal();
  auto client = guest();
  client->send_with_descriptor(FrameType::channel_open, "", channel.memfd());
  EXPECT_EQ(client->receive_last_error(), WireError::malformed);
  auto early = connect();
  upgrade(*early);
  early->send_with_descriptor(FrameType::channel_open, "", channel.memfd());
  EXPECT_EQ(early->receive_last_error(), WireError::auth);
}

TEST_F(ChannelHostileTest, StatesNumbersAndCountsThatCannotBe) {
  start();
  auto witness = guest();
  auto client = upgraded();
  TestChannel channel;
  channel.open(*client);
  EXPECT_EQ(channel.call(-1).error, NB_ENOSYS);
  EXPECT_EQ(channel.call(1 << 30).error, NB_ENOSYS);
  channel.begin(kGetpid);
  EXPECT_TRUE(channel.wait());
  // A request number without the bits, and too many arguments.
  channel.page().request.request = 5;
  channel.submit(1 << 20);
  EXPECT_TRUE(channel.wait());
  EXPECT_EQ(channel.result().error, NB_EINVAL);
  channel.page().request.request = channel::kRequestBits;
  channel.page().request.argument_count = 9;
  channel.page().request.cpu = 0xffff;
  channel.submit(7);
  EXPECT_TRUE(channel.wait());
  EXPECT_EQ(channel.result().error, NB_EINVAL);
  EXPECT_EQ(channel.call(kGetpid).error, 0);
  // Back to none: it is over.
  channel.submit(channel::kNone);
  channel.wait_for_close();
  EXPECT_GT(client->getpid(), 0);
  EXPECT_GT(witness->getpid(), 0);
}

// The page is written to while the server uses it, by another thread as well.
TEST_F(ChannelHostileTest, PagesThatChangeAtAnyTime) {
  start();
  auto witness = guest();
  auto client = upgraded();
  TestChannel channel;
  channel.open(*client);
  auto* bytes = reinterpret_cast<std::uint64_t*>(&channel.page());
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t value = random();
    auto& word = bytes[value % (sizeof(channel::Page) / sizeof(*bytes))];
    std::atomic_ref(word).store(value, std::memory_order_relaxed);
    if (i % 1000 == 0) {
      EXPECT_GT(witness->getpid(), 0);
    }
  }
  client.reset();
  kernel_.wait_for_processes(1);
}

TEST_F(ChannelHostileTest, NoMoreThanTheLimit) {
  limits_.max_channels = 2;
  start();
  auto client = upgraded();
  TestChannel first;
  TestChannel second;
  TestChannel third;
  first.open(*client);
  second.open(*client);
  third.seal();
  client->send_with_descriptor(FrameType::channel_open, "", third.memfd());
  const auto refusal = client->receive();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->header.frame_class, FrameClass::error);
  EXPECT_EQ(refusal->header.detail, static_cast<std::uint32_t>(WireError::try_again));
  EXPECT_EQ(first.call(kGetpid).error, 0);
  EXPECT_GT(client->getpid(), 0);
}

TEST_F(ChannelHostileTest, NoMoreThanTheLimitOfAll) {
  limits_.max_channels_total = 1;
  start();
  auto client = upgraded();
  auto other = upgraded();
  TestChannel first;
  TestChannel second;
  first.open(*client);
  second.seal();
  other->send_with_descriptor(FrameType::channel_open, "", second.memfd());
  const auto refusal = other->receive();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->header.frame_class, FrameClass::error);
}

// One page, offered again and again: each offer has a thread, up to the limit, and no more.
TEST_F(ChannelHostileTest, OffersWithoutEnd) {
  limits_.max_channels = 8;
  start();
  auto witness = guest();
  auto client = upgraded();
  TestChannel channel;
  channel.seal();
  for (int i = 0; i < 5000; ++i) {
    client->send_with_descriptor(FrameType::channel_open, "", channel.memfd());
    ASSERT_TRUE(client->receive());
  }
  EXPECT_GT(witness->getpid(), 0);
  client.reset();
  kernel_.wait_for_processes(1);
}

TEST_F(ChannelHostileTest, OpenedAndClosedWithoutEnd) {
  limits_.max_channels = 8;
  start();
  auto client = upgraded();
  for (int i = 0; i < 1000; ++i) {
    TestChannel channel;
    channel.open(*client);
    EXPECT_EQ(channel.call(kGetpid).error, 0);
    channel.close();
    channel.wait_for_close();
  }
  EXPECT_GT(client->getpid(), 0);
}

}  // namespace
}  // namespace farcall::server::test
