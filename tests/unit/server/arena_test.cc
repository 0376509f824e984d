// Memory that clients share for their buffers: what the server makes of it, and of what breaks the
// rules.
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <random>

#include "channel_client.h"
#include "farcall/arena.h"
#include "netbsd/constants.h"

namespace farcall::server::test {
namespace {

using sysproxy::FrameClass;
using sysproxy::FrameType;
using sysproxy::WireError;

constexpr std::size_t kSize = 64 * arena::kPage;
constexpr std::size_t kBuffers = arena::buffers_offset(kSize);
/// Where the client says that it has the arena; there is nothing in this process.
constexpr std::uint64_t kClaimed = 0x10000;

/// An arena as a client makes it.
class TestArena {
 public:
  explicit TestArena(std::size_t size = kSize, unsigned flags = MFD_ALLOW_SEALING)
      : memfd_(memfd_create("buffers", MFD_CLOEXEC | flags)), size_(size) {
    EXPECT_EQ(ftruncate(memfd_, static_cast<off_t>(size)), 0);
    void* address = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memfd_, 0);
    if (address != MAP_FAILED) base_ = static_cast<char*>(address);
  }
  ~TestArena() {
    if (base_ != nullptr) munmap(base_, size_);
    close(memfd_);
  }
  TestArena(const TestArena&) = delete;
  TestArena& operator=(const TestArena&) = delete;

  void seal(int seals = F_SEAL_SHRINK | F_SEAL_GROW) {
    EXPECT_EQ(fcntl(memfd_, F_ADD_SEALS, seals), 0);
  }
  [[nodiscard]] int memfd() const { return memfd_; }
  [[nodiscard]] char* at(std::size_t offset) const { return base_ + offset; }
  [[nodiscard]] arena::Header& header() const { return *reinterpret_cast<arena::Header*>(base_); }
  /// How many loans begin at the page of `offset`.
  [[nodiscard]] arena::Loans loans(std::size_t offset) const {
    auto* words = reinterpret_cast<arena::Loans*>(base_ + arena::kLoansOffset);
    return std::atomic_ref(words[offset / arena::kPage]).load();
  }

 private:
  int memfd_;
  std::size_t size_;
  char* base_ = nullptr;
};

class ArenaTest : public ServerTest {
 protected:
  std::unique_ptr<TestClient> upgraded() {
    auto client = guest();
    const int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    answer_ = say_hello(*client, {hello::FEATURE_DIRECT_MEMORY, hello::FEATURE_BUFFERS}, memory);
    close(memory);
    return client;
  }

  static void offer(TestClient& client, int descriptor, arena::Offer offer = {kClaimed, kSize}) {
    const std::string body(reinterpret_cast<const char*>(&offer), sizeof offer);
    if (descriptor == -1) {
      client.send(FrameType::arena_open, 0, body);
    } else {
      client.send_with_descriptor(FrameType::arena_open, body, descriptor);
    }
  }
  static void expect_taken(TestClient& client, TestArena& arena) {
    arena.seal();
    offer(client, arena.memfd());
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->header.frame_class, FrameClass::response);
    EXPECT_EQ(answer->as<std::int32_t>(), 0);
  }
  static void expect_put_off(TestClient& client, TestArena& arena) {
    offer(client, arena.memfd());
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->header.frame_class, FrameClass::error);
    EXPECT_EQ(answer->header.detail, static_cast<std::uint32_t>(WireError::try_again));
    EXPECT_GT(client.getpid(), 0);
  }
  void expect_refused(int descriptor, arena::Offer made = {kClaimed, kSize}) {
    auto client = upgraded();
    offer(*client, descriptor, made);
    EXPECT_EQ(client->receive_last_error(), WireError::malformed);
  }

  hello::HelloAnswer answer_;
};

TEST_F(ArenaTest, TheServerSaysWhatItTakes) {
  limits_.max_buffers = 1 << 20;
  start();
  upgraded();
  EXPECT_EQ(answer_.features_size(), 2);
  EXPECT_EQ(answer_.max_buffers(), 1U << 20);
  EXPECT_TRUE(answer_.borrows());
}

TEST_F(ArenaTest, NoneIsTakenWithoutALimit) {
  limits_.max_buffers = 0;
  start();
  upgraded();
  EXPECT_EQ(answer_.features_size(), 1);
  TestArena arena;
  arena.seal();
  expect_refused(arena.memfd());
}

TEST_F(ArenaTest, CopiesAreMadeInPlace) {
  start();
  auto client = upgraded();
  TestArena arena;
  expect_taken(*client, arena);
  strcpy(arena.at(kBuffers), "in the arena");
  EXPECT_EQ(client->call(kWrite, {0, kClaimed + kBuffers, 13}).result[0], 13);
  EXPECT_EQ(client->call(kRead, {0, kClaimed + kBuffers + 100, 13}).result[0], 13);
  EXPECT_STREQ(arena.at(kBuffers + 100), "in the arena");
  EXPECT_EQ(arena.header().copied, 26U);
}

TEST_F(ArenaTest, WhatIsNotInBuffersIsNotReached) {
  start();
  auto client = upgraded();
  TestArena arena;
  expect_taken(*client, arena);
  const std::uint64_t end = kClaimed + kSize;
  const std::pair<std::uint64_t, std::uint64_t> outside[] = {
      {kClaimed - 1, 2}, {kClaimed, 8},     {kClaimed + kBuffers - 1, 2},
      {end - 1, 2},      {end, 1},          {end + 1, 1},
      {~0ULL, 1},        {~0ULL - 8, 4096}, {kClaimed + kBuffers, kSize},
  };
  for (const auto& [address, size] : outside) {
    EXPECT_EQ(client->call(kWrite, {0, address, size}).error, NB_EFAULT) << address;
    EXPECT_EQ(client->call(kSendto, {0, address, size}).error, NB_EFAULT) << address;
  }
  EXPECT_EQ(client->call(kSendto, {0, kClaimed + kBuffers, ~0ULL}).error, NB_EFAULT);
  EXPECT_EQ(client->call(kWrite, {0, end - 1, 1}).error, 0);
  EXPECT_EQ(arena.header().lent, 0U);
}

TEST_F(ArenaTest, MemoryThatIsNotAsItShouldBe) {
  start();
  expect_refused(-1);
  TestArena unsealed;
  expect_refused(unsealed.memfd());
  TestArena may_shrink;
  may_shrink.seal(F_SEAL_GROW);
  expect_refused(may_shrink.memfd());
  TestArena read_only;
  read_only.seal(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE);
  expect_refused(read_only.memfd());
  TestArena smaller(kSize / 2);
  smaller.seal();
  expect_refused(smaller.memfd());
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  expect_refused(null);
  close(null);
  // The pages of such memory may not be there when they are touched.
  constexpr std::size_t kHuge = 2 << 20;
  const int huge = memfd_create("huge", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB);
  if (huge != -1 && ftruncate(huge, kHuge) == 0) {
    fcntl(huge, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
    expect_refused(huge, {kClaimed, kHuge});
  }
  close(huge);
}

TEST_F(ArenaTest, PlacesAndSizesThatMakeNoSense) {
  start();
  for (const std::size_t size : {std::size_t{0}, arena::kPage, kSize + 1}) {
    TestArena arena(size);
    arena.seal();
    expect_refused(arena.memfd(), {kClaimed, size});
  }
  TestArena arena;
  arena.seal();
  expect_refused(arena.memfd(), {kClaimed + 1, kSize});
  expect_refused(arena.memfd(), {~0ULL - arena::kPage + 1, kSize});
}

TEST_F(ArenaTest, OneIsTakenAndOnlyWhereItWasGranted) {
  start();
  TestArena arena;
  auto client = upgraded();
  expect_taken(*client, arena);
  offer(*client, arena.memfd());
  EXPECT_EQ(client->receive_last_error(), WireError::malformed);
  auto plain = guest();
  offer(*plain, arena.memfd());
  EXPECT_EQ(plain->receive_last_error(), WireError::malformed);
}

TEST_F(ArenaTest, NoMoreThanTheLimits) {
  limits_.max_buffers = 2 * kSize;
  limits_.max_buffers_total = kSize;
  start();
  auto greedy = upgraded();
  TestArena large(4 * kSize);
  large.seal();
  offer(*greedy, large.memfd(), {kClaimed, 4 * kSize});
  ASSERT_TRUE(greedy->receive());
  auto client = upgraded();
  TestArena first;
  expect_taken(*client, first);
  TestArena second;
  second.seal();
  expect_put_off(*greedy, second);
  EXPECT_EQ(server_->report().shared, kSize);
  client.reset();
  kernel_.wait_for_processes(1);
  expect_taken(*greedy, second);
}

TEST_F(ArenaTest, TheClientSeesWhatIsLent) {
  start();
  auto client = upgraded();
  TestArena arena;
  expect_taken(*client, arena);
  const std::size_t offset = kBuffers + 3 * arena::kPage + 5;
  strcpy(arena.at(offset), "lent");
  EXPECT_EQ(client->call(kSendto, {0, kClaimed + offset, 5000}).error, 0);
  EXPECT_EQ(arena.loans(offset), 1U);
  EXPECT_EQ(arena.header().lent, 5000U);
  EXPECT_STREQ(kernel_.borrowed().data, "lent");
  EXPECT_EQ(client->call(kSendto, {0, kClaimed + offset + 1, 1}).error, 0);
  EXPECT_EQ(arena.loans(offset), 2U);
  kernel_.give_back();
  kernel_.give_back();
  EXPECT_EQ(arena.loans(offset), 0U);
  EXPECT_EQ(arena.header().bell, 2U);
  EXPECT_EQ(server_->report().activity.bytes_lent, 5001U);
}

TEST_F(ArenaTest, WhatIsLentOutlivesItsClient) {
  start();
  auto client = upgraded();
  auto arena = std::make_unique<TestArena>();
  expect_taken(*client, *arena);
  strcpy(arena->at(kBuffers), "still here");
  EXPECT_EQ(client->call(kSendto, {0, kClaimed + kBuffers, arena::kPage}).error, 0);
  client.reset();
  arena.reset();
  kernel_.wait_for_processes(0);
  EXPECT_STREQ(kernel_.borrowed().data, "still here");
  EXPECT_EQ(server_->report().shared, kSize);
  kernel_.give_back();
  auto other = upgraded();
  EXPECT_GT(other->getpid(), 0);
  EXPECT_EQ(server_->report().shared, 0U);
}

TEST_F(ArenaTest, AnExecTakesItAway) {
  start();
  auto client = upgraded();
  TestArena arena;
  expect_taken(*client, arena);
  client->send_handshake(sysproxy::HandshakeKind::exec, "other");
  ASSERT_TRUE(client->receive());
  // Nor is there direct memory: the server asks.
  client->send_call(kWrite, {0, kClaimed + kBuffers, 5});
  const auto question = client->receive();
  ASSERT_TRUE(question);
  EXPECT_EQ(question->header.type, FrameType::copyin);
}

// Header and words are written to while the server uses them.
TEST_F(ArenaTest, MemoryThatChangesAtAnyTime) {
  start();
  auto client = upgraded();
  TestArena arena;
  expect_taken(*client, arena);
  std::atomic<bool> done = false;
  std::thread scribbler([&] {
    std::mt19937_64 random(1);
    auto* words = reinterpret_cast<std::uint64_t*>(arena.at(0));
    while (!done) {
      const std::uint64_t value = random();
      std::atomic_ref(words[value % (kSize / sizeof *words)]).store(value);
    }
  });
  for (int i = 0; i < 2000; ++i) {
    EXPECT_EQ(client->call(kSendto, {0, kClaimed + kBuffers, 8192}).error, 0);
    kernel_.give_back();
    EXPECT_EQ(client->call(kWrite, {0, kClaimed + kBuffers, 100}).error, 0);
  }
  done = true;
  scribbler.join();
  EXPECT_GT(client->getpid(), 0);
}

}  // namespace
}  // namespace farcall::server::test
