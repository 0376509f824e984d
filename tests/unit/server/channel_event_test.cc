// Channels that have an eventfd, for clients that await their answers in poll(2).
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "channel_client.h"
#include "netbsd/constants.h"

namespace farcall::server::test {
namespace {

using sysproxy::FrameClass;
using sysproxy::FrameType;
using sysproxy::WireError;

constexpr int kPatienceMs = 60000;

class Event {
 public:
  explicit Event(int flags = EFD_NONBLOCK) : fd_(eventfd(0, flags | EFD_CLOEXEC)) {}
  ~Event() { close(fd_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool comes(int milliseconds = kPatienceMs) const {
    pollfd entry{fd_, POLLIN, 0};
    return poll(&entry, 1, milliseconds) == 1;
  }
  void drain() const {
    eventfd_t count = 0;
    eventfd_read(fd_, &count);
  }

 private:
  const int fd_;
};

/// A client with a channel that has an eventfd. Nothing is told by it yet.
struct Listening {
  explicit Listening(std::unique_ptr<TestClient> upgraded, int flags = EFD_NONBLOCK)
      : client(std::move(upgraded)), event(flags) {
    channel.open(*client, event.fd());
    event.drain();  // the server has tried it
  }

  std::unique_ptr<TestClient> client;
  Event event;
  TestChannel channel;
};

class ChannelEventTest : public ServerTest {
 protected:
  std::unique_ptr<TestClient> upgraded() {
    auto client = guest();
    upgrade(*client);
    return client;
  }

  void fall_asleep(TestChannel& channel) {
    channel.begin(kSelect);
    channel.expect_event();
    kernel_.wait_for_sleepers(1);
  }

  void expect_refused(const std::vector<int>& descriptors) {
    auto client = upgraded();
    client->send_with_descriptors(FrameType::channel_open, channel::kWithEvent, "", descriptors);
    EXPECT_EQ(client->receive_last_error(), WireError::malformed);
  }
};

TEST_F(ChannelEventTest, TellsOfTheAnswerToWhoAsksForThat) {
  start();
  Listening listening(upgraded());
  auto& [client, event, channel] = listening;
  EXPECT_EQ(channel.call(kGetpid).error, 0);
  EXPECT_FALSE(event.comes(0));
  for (int i = 0; i < 100; ++i) {
    channel.begin(kSelect);
    ASSERT_TRUE(channel.expect_event());
    kernel_.wait_for_sleepers(1);
    EXPECT_FALSE(event.comes(0));
    kernel_.wake();
    ASSERT_TRUE(event.comes());
    EXPECT_TRUE(channel.wait());
    EXPECT_EQ(channel.result().error, 0);
    event.drain();
  }
}

TEST_F(ChannelEventTest, TellsOfAnInterruptedCall) {
  start();
  Listening listening(upgraded());
  auto& [client, event, channel] = listening;
  for (int i = 0; i < 100; ++i) {
    const auto number = channel.begin(kSelect);
    ASSERT_TRUE(channel.expect_event());
    client->send_numbered(FrameClass::request, FrameType::interrupt, number, 0);
    ASSERT_TRUE(event.comes());
    EXPECT_TRUE(channel.wait());
    EXPECT_EQ(channel.result().error, NB_EINTR);
    event.drain();
  }
}

TEST_F(ChannelEventTest, AnotherChannelMayInterrupt) {
  start();
  auto client = upgraded();
  TestChannel sleeping;
  TestChannel other;
  sleeping.open(*client);
  other.open(*client);
  for (int i = 0; i < 200; ++i) {
    const auto number = sleeping.begin(kSelect);
    if (i % 2 == 0) kernel_.wait_for_sleepers(1);
    EXPECT_EQ(other.call(channel::kInterrupt, {number}).error, 0);
    ASSERT_TRUE(sleeping.wait());
    EXPECT_EQ(sleeping.result().error, NB_EINTR);
    EXPECT_EQ(other.call(channel::kInterrupt, {number}).error, 0) << "it is over";
    EXPECT_EQ(sleeping.call(kGetpid).error, 0);
  }
  EXPECT_EQ(other.call(channel::kInterrupt, {}).error, 0);
}

TEST_F(ChannelEventTest, AnotherClientsChannelMayNot) {
  start();
  auto client = upgraded();
  auto other = upgraded();
  TestChannel sleeping;
  TestChannel others;
  sleeping.open(*client);
  others.open(*other);
  const auto number = sleeping.begin(kSelect);
  kernel_.wait_for_sleepers(1);
  EXPECT_EQ(others.call(channel::kInterrupt, {number}).error, 0);
  kernel_.wake();
  ASSERT_TRUE(sleeping.wait());
  EXPECT_EQ(sleeping.result().error, 0);
}

// Either way there is one outcome, and the next call is not the interrupt's.
TEST_F(ChannelEventTest, AnInterruptMayMeetTheEnd) {
  start();
  Listening listening(upgraded());
  auto& [client, event, channel] = listening;
  for (int i = 0; i < 300; ++i) {
    const auto number = channel.begin(kSelect);
    channel.expect_event();
    kernel_.wait_for_sleepers(1);
    client->send_numbered(FrameClass::request, FrameType::interrupt, number, 0);
    kernel_.wake();
    ASSERT_TRUE(channel.wait());
    const int error = channel.result().error;
    EXPECT_TRUE(error == 0 || error == NB_EINTR) << error;
    EXPECT_EQ(channel.call(kGetpid).error, 0);
  }
}

TEST_F(ChannelEventTest, TellsOfFramesThatNobodyAwaits) {
  start();
  Listening listening(upgraded());
  auto& [client, event, channel] = listening;
  channel.expect_event();  // before the frame comes, which may be while the call is made
  const auto number = channel.begin(kMmap, {0, 8192});
  ASSERT_TRUE(event.comes());
  const auto frame = client->receive();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->header.type, FrameType::anonmmap);
  EXPECT_EQ(frame->header.request, number);
  const std::uint64_t address = 0x7000'0000;
  client->send_numbered(FrameClass::response, FrameType::anonmmap, number, 0,
                        std::string(reinterpret_cast<const char*>(&address), 8));
  EXPECT_TRUE(channel.wait());
  EXPECT_EQ(channel.result().result[0], 0x7000'0000);
}

TEST_F(ChannelEventTest, TellsOfTheServersEnd) {
  limits_.stop_time = std::chrono::milliseconds(1);
  start();
  Listening listening(upgraded());
  auto& [client, event, channel] = listening;
  fall_asleep(channel);
  server_->stop();
  EXPECT_TRUE(event.comes());
}

TEST_F(ChannelEventTest, TheClientsEndEndsTheCall) {
  start();
  auto witness = guest();
  Listening listening(upgraded());
  auto& [client, event, channel] = listening;
  fall_asleep(channel);
  client.reset();
  kernel_.wait_for_processes(1);
  EXPECT_GT(witness->getpid(), 0);
}

TEST_F(ChannelEventTest, OnlyAnEventfdWillDo) {
  start();
  TestChannel channel;
  channel.seal();
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  expect_refused({channel.memfd()});
  expect_refused({channel.memfd(), ends[1]});
  expect_refused({channel.memfd(), channel.memfd()});
  Event event;
  expect_refused({event.fd(), channel.memfd()});
  close(ends[0]);
  close(ends[1]);
}

TEST_F(ChannelEventTest, OnlyWhereItWasGranted) {
  start();
  auto client = guest();
  const int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
  say_hello(*client, {hello::FEATURE_DIRECT_MEMORY, hello::FEATURE_CHANNELS}, memory);
  close(memory);
  Event event;
  TestChannel channel;
  channel.seal();
  client->send_with_descriptors(FrameType::channel_open, channel::kWithEvent, "",
                                {channel.memfd(), event.fd()});
  EXPECT_EQ(client->receive_last_error(), WireError::malformed);
}

// A write to this eventfd would sleep: it is full, and its flag says so.
TEST_F(ChannelEventTest, AFullEventHoldsNobodyUp) {
  start();
  auto witness = guest();
  Listening listening(upgraded(), 0);
  auto& [client, event, channel] = listening;
  ASSERT_EQ(eventfd_write(event.fd(), UINT64_MAX - 1), 0);
  for (int i = 0; i < 200; ++i) {
    channel.begin(kGetpid);
    channel.expect_event();
    EXPECT_TRUE(channel.wait());
  }
  EXPECT_GT(witness->getpid(), 0);
  client.reset();
  kernel_.wait_for_processes(1);
}

TEST_F(ChannelEventTest, PagesThatChangeWhileACallSleeps) {
  start();
  auto witness = guest();
  Listening listening(upgraded());
  auto& [client, event, channel] = listening;
  fall_asleep(channel);
  auto* words = reinterpret_cast<std::uint32_t*>(&channel.page());
  std::mt19937 random(7);
  for (int i = 0; i < 50'000; ++i) {
    auto& word = words[random() % (sizeof(channel::Page) / sizeof(*words))];
    std::atomic_ref(word).store(random() % 4 == 0 ? random() : random() % 4);
    if (i == 10'000) kernel_.wake();
    if (i % 1000 == 0) {
      EXPECT_GT(witness->getpid(), 0);
    }
  }
  client.reset();
  kernel_.wait_for_processes(1);
}

TEST_F(ChannelEventTest, MarksThatCannotBeDoNoHarm) {
  start();
  auto client = upgraded();
  TestChannel channel;
  channel.open(*client);
  channel.begin(kGetpid);
  channel.expect_event();  // though there is none
  EXPECT_TRUE(channel.wait());
  channel.begin(kSelect);
  kernel_.wait_for_sleepers(1);
  std::atomic_ref(channel.page().request.client_sleeps).store(77);
  kernel_.wake();
  EXPECT_TRUE(channel.wait());
}

}  // namespace
}  // namespace farcall::server::test
