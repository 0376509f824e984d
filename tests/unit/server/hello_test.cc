// Hello, and the memory that it opens to the server.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel_client.h"
#include "netbsd/constants.h"

namespace farcall::server::test {
namespace {

using hello::FEATURE_CHANNEL_EVENTS;
using hello::FEATURE_CHANNELS;
using hello::FEATURE_DIRECT_MEMORY;
using hello::FEATURE_INLINE_BUFFERS;
using sysproxy::FrameType;
using sysproxy::HandshakeKind;
using sysproxy::WireError;

constexpr std::size_t kPage = 4096;

std::uint64_t address_of(const void* memory) { return reinterpret_cast<std::uint64_t>(memory); }

std::vector<int> granted(const hello::HelloAnswer& answer) {
  return {answer.features().begin(), answer.features().end()};
}

class HelloTest : public ServerTest {
 protected:
  HelloTest() : memory_(open("/proc/self/mem", O_RDWR | O_CLOEXEC)) {}
  ~HelloTest() override { close(memory_); }

  std::unique_ptr<TestClient> upgraded() {
    auto client = connect();
    upgrade(*client);
    client->handshake();
    return client;
  }

  const int memory_;
};

TEST_F(HelloTest, GrantsWhatBothCan) {
  limits_.max_channels = 7;
  start();
  auto client = connect();
  const auto answer = say_hello(*client, {FEATURE_DIRECT_MEMORY, FEATURE_CHANNELS, 1234}, memory_);
  EXPECT_EQ(answer.version(), 1u);
  EXPECT_EQ(granted(answer), (std::vector<int>{FEATURE_DIRECT_MEMORY, FEATURE_CHANNELS}));
  EXPECT_EQ(answer.max_channels(), 7u);
  client->handshake();
  EXPECT_GT(client->getpid(), 0);
}

TEST_F(HelloTest, GrantsEventsWithChannelsOnly) {
  start();
  auto client = connect();
  const std::vector<int> all = {FEATURE_DIRECT_MEMORY, FEATURE_CHANNELS, FEATURE_CHANNEL_EVENTS};
  EXPECT_EQ(granted(say_hello(*client, all, memory_)), all);
  EXPECT_TRUE(granted(say_hello(*client, {FEATURE_CHANNELS, FEATURE_CHANNEL_EVENTS}, -1)).empty());
  EXPECT_EQ(granted(say_hello(*client, {FEATURE_DIRECT_MEMORY, FEATURE_CHANNEL_EVENTS}, memory_)),
            (std::vector<int>{FEATURE_DIRECT_MEMORY}));
}

TEST_F(HelloTest, GrantsNothingToWhoOffersNothing) {
  start();
  auto client = connect();
  EXPECT_TRUE(granted(say_hello(*client, {}, -1)).empty());
  client->handshake();
}

TEST_F(HelloTest, GrantsNoMemoryWithoutTheMemorysDescriptor) {
  start();
  for (const char* path : {"", "/dev/null", "/proc/self/mounts"}) {
    const int wrong = open(path, O_RDONLY);
    auto client = connect();
    const auto answer = say_hello(*client, {FEATURE_DIRECT_MEMORY, FEATURE_CHANNELS}, wrong);
    if (wrong != -1) close(wrong);
    EXPECT_TRUE(granted(answer).empty()) << path;
    EXPECT_EQ(answer.max_channels(), 0u);
  }
}

TEST_F(HelloTest, GrantsNoDataWithCallsWhereNoneMayCross) {
  limits_.max_data = 0;
  start();
  auto client = connect();
  const auto answer = say_hello(*client, {FEATURE_INLINE_BUFFERS}, -1);
  EXPECT_TRUE(granted(answer).empty());
  EXPECT_EQ(answer.max_data(), 0u);
}

TEST_F(HelloTest, SaysHowMuchDataMayCrossWithACall) {
  limits_.max_data = 4096;
  start();
  auto client = connect();
  EXPECT_EQ(say_hello(*client, {FEATURE_INLINE_BUFFERS}, -1).max_data(), 4096u);
}

TEST_F(HelloTest, RefusesAnotherVersion) {
  start();
  auto client = connect();
  hello::Hello hello;
  hello.set_version(2);
  client->send(FrameType::hello, 0, hello.SerializeAsString());
  EXPECT_EQ(client->receive_last_error(), WireError::version);
}

TEST_F(HelloTest, RefusesWhatIsNoMessage) {
  start();
  for (const std::string& body : {std::string("\xff\xff\xff", 3), std::string(1025, '\0')}) {
    auto client = connect();
    client->send(FrameType::hello, 0, body);
    EXPECT_EQ(client->receive_last_error(), WireError::malformed);
  }
}

TEST_F(HelloTest, MayComeInOnePieceWithTheHandshake) {
  start();
  auto client = connect();
  hello::Hello hello;
  hello.set_version(1);
  hello.add_features(FEATURE_DIRECT_MEMORY);
  client->send_with_descriptor(FrameType::hello, hello.SerializeAsString(), memory_);
  client->send_handshake(HandshakeKind::guest, "test");
  EXPECT_EQ(client->receive()->header.type, FrameType::hello);
  EXPECT_EQ(client->receive()->header.type, FrameType::handshake);
}

TEST_F(HelloTest, CopiesAreMadeWithoutTheClient) {
  start();
  auto client = upgraded();
  std::string data(100'000, 'x');
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>('a' + i % 26);
  EXPECT_EQ(client->call(kWrite, {0, address_of(data.data()), data.size()}).error, 0);
  std::string back(data.size(), '\0');
  EXPECT_EQ(client->call(kRead, {0, address_of(back.data()), back.size()}).error, 0);
  EXPECT_EQ(back, data);
}

TEST_F(HelloTest, BadAddressesAreFaults) {
  start();
  auto client = upgraded();
  const std::string data = "data";
  EXPECT_EQ(client->call(kWrite, {0, address_of(data.data()), data.size()}).error, 0);
  auto* pages =
      static_cast<char*>(mmap(nullptr, 2 * kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  munmap(pages + kPage, kPage);
  for (const std::uint64_t bad : {std::uint64_t{0}, std::uint64_t{8}, address_of(pages + kPage),
                                  ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
    EXPECT_EQ(client->call(kWrite, {0, bad, 1}).error, NB_EFAULT) << bad;
    EXPECT_EQ(client->call(kRead, {0, bad, 1}).error, NB_EFAULT) << bad;
    EXPECT_EQ(client->call(kOpen, {bad}).error, NB_EFAULT) << bad;
  }
  EXPECT_EQ(client->call(kWrite, {0, address_of(pages + kPage - 8), 16}).error, NB_EFAULT);
  EXPECT_GT(client->getpid(), 0);
  munmap(pages, kPage);
}

TEST_F(HelloTest, StringsMayEndAtTheLastByteThereIs) {
  start();
  auto client = upgraded();
  auto* pages = static_cast<char*>(
      mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  munmap(pages + kPage, kPage);
  memcpy(pages + kPage - 5, "/etc", 5);
  EXPECT_EQ(client->call(kOpen, {address_of(pages + kPage - 5)}).result[0], 5);
  memset(pages + kPage - 5, 'x', 5);
  EXPECT_EQ(client->call(kOpen, {address_of(pages + kPage - 5)}).error, NB_EFAULT);
  memset(pages, 'x', 100);
  EXPECT_EQ(client->call(kOpen, {address_of(pages)}).error, NB_ENAMETOOLONG);
  munmap(pages, kPage);
}

// The process that made the connection lives, but the memory that was sent is another's.
TEST_F(HelloTest, AnotherProcessesMemoryIsReachedByItsDescriptor) {
  start();
  auto* shared = static_cast<char*>(
      mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  int ready[2];
  int end[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(end), 0);
  const pid_t child = fork();
  if (child == 0) {
    memcpy(shared, "child", 6);
    char byte = 0;
    close(end[1]);
    static_cast<void>(write(ready[1], &byte, 1));
    static_cast<void>(read(end[0], &byte, 1));
    _exit(0);
  }
  char byte;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const int memory = open(("/proc/" + std::to_string(child) + "/mem").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_NE(memory, -1);
  auto client = connect();
  EXPECT_EQ(granted(say_hello(*client, {FEATURE_DIRECT_MEMORY}, memory)).size(), 1u);
  client->handshake();
  EXPECT_EQ(client->call(kOpen, {address_of(shared)}).result[0], 6);
  // Its end is a fault.
  close(end[1]);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(client->call(kOpen, {address_of(shared)}).error, NB_EFAULT);
  for (const int fd : {ready[0], ready[1], end[0], memory}) close(fd);
  munmap(shared, kPage);
}

TEST_F(HelloTest, AnExecEndsWhatWasAgreed) {
  start();
  auto client = upgraded();
  client->send_handshake(HandshakeKind::exec, "other");
  ASSERT_TRUE(client->receive());
  const std::string data = "data";
  client->send_call(kWrite, {0, address_of(data.data()), data.size()});
  EXPECT_EQ(client->receive()->header.type, FrameType::copyin);
}

TEST_F(HelloTest, DescriptorsThatNobodyAskedForAreClosed) {
  start();
  auto client = upgraded();
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  for (int i = 0; i < 10; ++i) {
    const std::uint64_t nothing = 0;
    client->send_with_descriptor(FrameType::syscall,
                                 std::string(reinterpret_cast<const char*>(&nothing), 8), pipes[1]);
    EXPECT_EQ(client->receive()->header.type, FrameType::syscall);
  }
  close(pipes[1]);
  client.reset();
  stop();
  server_.reset();
  // The end of the pipe shows that no copy of its other end is left.
  char byte;
  EXPECT_EQ(read(pipes[0], &byte, 1), 0);
  close(pipes[0]);
}

}  // namespace
}  // namespace farcall::server::test
