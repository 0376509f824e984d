// Channels that a poller serves, and how they come to it and leave it.
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "channel_client.h"
#include "netbsd/constants.h"
#include "server/placement.h"

namespace farcall::server::test {
namespace {

using sysproxy::FrameType;
using sysproxy::HandshakeKind;

constexpr std::chrono::seconds kPatience{60};

/// sched_getattr(2)'s. The header that has it does not go with <sched.h>.
struct SchedulingAttributes {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime;
  std::uint64_t deadline;
  std::uint64_t period;
};

/// How long the host lets a thread run at a time, nanoseconds; 0 before Linux 6.12.
std::uint64_t time_slice_of(long thread) {
  SchedulingAttributes attributes{};
  EXPECT_EQ(syscall(SYS_sched_getattr, thread, &attributes, sizeof(attributes), 0), 0);
  return attributes.runtime;
}

/// A client with one channel.
struct Busy {
  std::unique_ptr<TestClient> client;
  TestChannel channel;
  long keeper = 0;  ///< the channel's own thread

  explicit Busy(std::unique_ptr<TestClient> guest) : client(std::move(guest)) {
    upgrade(*client);
    channel.open(*client);
    channel.wait_for_sleep();
    keeper = thread();
  }
  /// The thread of the server that executes a call.
  long thread() { return channel.call(kGetpid).result[1]; }
  /// Where the thread ran that answered last.
  unsigned server_cpu() { return std::atomic_ref(channel.page().response.server_cpu).load() - 1; }
  /// Makes calls until a poller serves them; gives its thread.
  long make_polled() {
    const auto late = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
      if (const long executing = thread(); executing != keeper) return executing;
      if (std::chrono::steady_clock::now() < late) continue;
      ADD_FAILURE() << "no poller took the channel";
      return keeper;
    }
  }
};

class PollerTest : public ServerTest {
 protected:
  void SetUp() override {
    if (Placement::cpu_count() < 2) GTEST_SKIP() << "there is no poller on one CPU";
    start();
  }
  std::unique_ptr<Busy> busy() { return std::make_unique<Busy>(guest()); }
  std::vector<std::unique_ptr<Busy>> several_polled() {
    std::vector<std::unique_ptr<Busy>> several(4);
    for (auto& each : several) {
      each = busy();
      each->make_polled();
    }
    return several;
  }
};

TEST_F(PollerTest, ServesEachClientAsItsOwnProcess) {
  auto one = busy();
  auto other = busy();
  const pid_t first = one->client->getpid();
  const pid_t second = other->client->getpid();
  ASSERT_NE(first, second);
  one->make_polled();
  other->make_polled();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(one->channel.call(kGetpid).result[0], first);
    ASSERT_EQ(other->channel.call(kGetpid).result[0], second);
  }
}

// Its first thread is made by a keeper, which is kept where the client runs.
TEST_F(PollerTest, RunsBesideItsClient) {
  std::thread client([this] {
    const auto cpu = static_cast<unsigned>(sched_getcpu());
    Placement().join(cpu);
    auto one = busy();
    one->make_polled();
    for (int i = 0; i < 100; ++i) {
      const bool polled = one->thread() != one->keeper;
      EXPECT_TRUE(!polled || one->server_cpu() != cpu);
    }
  });
  client.join();
}

// So it is its client that waits while the keeper answers, and needs no wake-up itself. The
// poller's thread, which the keeper makes, shares its CPU as others do.
TEST_F(PollerTest, AKeeperRunsAtOnceWhenItIsWoken) {
  const std::uint64_t usual = time_slice_of(gettid());
  if (usual == 0) GTEST_SKIP() << "the host has one time slice for all";
  auto one = busy();
  EXPECT_LT(time_slice_of(one->keeper), usual);
  EXPECT_EQ(time_slice_of(one->make_polled()), usual);
}

TEST_F(PollerTest, GivesBackWhatIsIdle) {
  auto one = busy();
  for (int i = 0; i < 10; ++i) {
    one->make_polled();
    one->channel.wait_for_sleep();
    EXPECT_EQ(one->thread(), one->keeper);
  }
}

TEST_F(PollerTest, ACallThatSleepsDoesNotStopIt) {
  auto sleeper = busy();
  auto other = busy();
  other->make_polled();
  for (int i = 0; i < 20; ++i) {
    sleeper->make_polled();
    sleeper->channel.begin(kSelect);
    kernel_.wait_for_sleepers(1);
    for (int j = 0; j < 20; ++j) EXPECT_EQ(other->channel.call(kGetpid).error, 0);
    kernel_.wake();
    EXPECT_TRUE(sleeper->channel.wait());
    EXPECT_EQ(sleeper->channel.result().error, 0);
  }
}

// The client's memory, say, is behind a device that does not answer.
TEST_F(PollerTest, ACallThatHangsDoesNotStopIt) {
  auto stuck = busy();
  auto other = busy();
  for (int i = 0; i < 3; ++i) {
    other->make_polled();
    stuck->make_polled();
    stuck->channel.begin(kPoll);
    kernel_.wait_for_sleepers(1);
    for (int j = 0; j < 20; ++j) EXPECT_EQ(other->channel.call(kGetpid).error, 0);
    kernel_.wake();
    EXPECT_TRUE(stuck->channel.wait());
    EXPECT_EQ(stuck->channel.call(kGetpid).error, 0);
  }
}

TEST_F(PollerTest, MoreCallsSleepThanItHasThreads) {
  constexpr int kSleepers = 40;
  std::vector<std::unique_ptr<Busy>> sleepers;
  auto other = busy();
  for (int i = 0; i < kSleepers; ++i) {
    sleepers.push_back(busy());
    sleepers.back()->make_polled();
    sleepers.back()->channel.begin(kSelect);
    kernel_.wait_for_sleepers(i + 1);
    EXPECT_EQ(other->channel.call(kGetpid).error, 0);
  }
  kernel_.wake();
  for (auto& sleeper : sleepers) EXPECT_TRUE(sleeper->channel.wait());
  for (auto& sleeper : sleepers) EXPECT_EQ(sleeper->channel.call(kGetpid).error, 0);
}

TEST_F(PollerTest, AnInterruptEndsItsCalls) {
  auto one = busy();
  for (int i = 0; i < 100; ++i) {
    one->make_polled();
    const auto number = one->channel.begin(kSelect);
    one->client->send_numbered(sysproxy::FrameClass::request, FrameType::interrupt, number, 0);
    ASSERT_TRUE(one->channel.wait());
    ASSERT_EQ(one->channel.result().error, NB_EINTR);
  }
}

TEST_F(PollerTest, AClientsEndEndsItsChannel) {
  auto other = busy();
  for (const int last_call : {kGetpid, kSelect, kPoll}) {
    auto one = busy();
    other->make_polled();
    one->make_polled();
    one->channel.begin(last_call);
    if (last_call != kGetpid) kernel_.wait_for_sleepers(1);
    one->client.reset();
    one->channel.wait_for_close();
    kernel_.wait_for_processes(1);
    EXPECT_EQ(other->channel.call(kGetpid).error, 0);
  }
}

TEST_F(PollerTest, AClosedChannelEnds) {
  auto one = busy();
  one->make_polled();
  const std::size_t before = kernel_.lwps();
  one->channel.close();
  one->channel.wait_for_close();
  EXPECT_EQ(kernel_.lwps(), before - 1);
  EXPECT_GT(one->client->getpid(), 0);
}

TEST_F(PollerTest, AnExecEndsIt) {
  auto one = busy();
  one->make_polled();
  one->client->send_handshake(HandshakeKind::exec, "other");
  const auto answer = one->client->receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header.type, FrameType::handshake);
  one->channel.wait_for_close();
}

TEST_F(PollerTest, AStopEndsAll) {
  auto one = busy();
  auto other = busy();
  one->make_polled();
  other->make_polled();
  other->channel.begin(kSelect);
  kernel_.wait_for_sleepers(1);
  stop();
  one->channel.wait_for_close();
  other->channel.wait_for_close();
}

/// Clients that say that they run where the poller does make calls until they have had a few turns
/// each, beside one that always calls from elsewhere and waits by `wait`.
void take_turns(Busy& elsewhere, const std::vector<std::unique_ptr<Busy>>& sharing,
                bool (TestChannel::*wait)()) {
  std::atomic<bool> done = false;
  std::thread calling([&] {
    while (!done) {
      elsewhere.channel.pretend_to_run_on(elsewhere.server_cpu() + 1);
      elsewhere.channel.begin(kGetpid);
      ASSERT_TRUE((elsewhere.channel.*wait)());
    }
  });
  std::vector<std::thread> others;
  for (const auto& each : sharing) {
    others.emplace_back([&busy = *each] {
      for (int i = 0; i < 10; ++i) {
        busy.channel.pretend_to_run_on(busy.server_cpu());
        EXPECT_EQ(busy.channel.call(kGetpid).error, 0);
      }
    });
  }
  for (auto& other : others) other.join();
  done = true;
  calling.join();
}

TEST_F(PollerTest, WhoSharesItsCpuGetsTurns) {
  auto elsewhere = busy();
  elsewhere->make_polled();
  take_turns(*elsewhere, several_polled(), &TestChannel::wait);
}

// It would have the CPU for itself.
TEST_F(PollerTest, AClientThatNeverSleepsLeavesTheOthersTheirTurns) {
  auto elsewhere = busy();
  elsewhere->make_polled();
  take_turns(*elsewhere, several_polled(), &TestChannel::wait_awake);
}

// A page that is written to at random costs the others nothing.
TEST_F(PollerTest, APageThatChangesAtAnyTime) {
  auto hostile = busy();
  auto other = busy();
  const pid_t pid = other->client->getpid();
  hostile->make_polled();
  auto* words = reinterpret_cast<std::uint32_t*>(&hostile->channel.page().request);
  for (std::uint32_t i = 1; i < 20'000; ++i) {
    std::atomic_ref(words[i % 6]).store(i * 2654435761U, std::memory_order_relaxed);
    std::atomic_ref(words[0]).store(i, std::memory_order_release);
    ASSERT_EQ(other->channel.call(kGetpid).result[0], pid);
  }
  std::atomic_ref(words[0]).store(channel::kClosed);
  hostile->client.reset();
  kernel_.wait_for_processes(1);
}

}  // namespace
}  // namespace farcall::server::test
