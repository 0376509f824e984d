// epoll's basics: level, edge, one shot, and what it refuses.
#include <poll.h>
#include <sys/epoll.h>

#include <array>
#include <thread>

#include "support.h"

namespace farcall::conformance {
namespace {

class Epoll : public ::testing::Test {
 protected:
  int control(int operation, int fd, std::uint32_t wanted, std::uint64_t data = 0) {
    epoll_event event{};
    event.events = wanted;
    event.data.u64 = data;
    return epoll_ctl(epoll.get(), operation, fd, &event);
  }
  int wait(int timeout) { return epoll_wait(epoll.get(), events.data(), events.size(), timeout); }

  Fd epoll{epoll_create1(EPOLL_CLOEXEC)};
  std::array<epoll_event, 8> events{};
  Pair pair = connected(AF_INET);
};

TEST_F(Epoll, LevelTriggered) {
  ASSERT_THAT(control(EPOLL_CTL_ADD, pair.client.get(), EPOLLIN, 42), Succeeds());
  EXPECT_EQ(wait(0), 0);
  takes_at_least(std::chrono::milliseconds(30), [&] { EXPECT_EQ(wait(30), 0); });
  send_all(pair.server.get(), "x");
  for (int turn = 0; turn < 2; ++turn) {
    ASSERT_EQ(wait(10'000), 1);
    EXPECT_EQ(events[0].events, EPOLLIN);
    EXPECT_EQ(events[0].data.u64, 42U);
  }
  char byte = 0;
  EXPECT_EQ(read(pair.client.get(), &byte, 1), 1);
  EXPECT_EQ(wait(0), 0);
}

TEST_F(Epoll, EdgeTriggered) {
  ASSERT_THAT(control(EPOLL_CTL_ADD, pair.client.get(), EPOLLIN | EPOLLET), Succeeds());
  send_all(pair.server.get(), "first");
  EXPECT_EQ(wait(10'000), 1);
  EXPECT_EQ(wait(0), 0);
  send_all(pair.server.get(), "second");
  EXPECT_EQ(wait(10'000), 1);
}

TEST_F(Epoll, OneShot) {
  ASSERT_THAT(control(EPOLL_CTL_ADD, pair.client.get(), EPOLLIN | EPOLLONESHOT), Succeeds());
  send_all(pair.server.get(), "x");
  EXPECT_EQ(wait(10'000), 1);
  EXPECT_EQ(wait(0), 0);
  ASSERT_THAT(control(EPOLL_CTL_MOD, pair.client.get(), EPOLLIN | EPOLLONESHOT), Succeeds());
  EXPECT_EQ(wait(10'000), 1);
}

TEST_F(Epoll, HostAndKernelDescriptors) {
  std::array<int, 2> ends{};
  ASSERT_THAT(pipe(ends.data()), Succeeds());
  const Fd read_end(ends[0]);
  const Fd write_end(ends[1]);
  ASSERT_THAT(control(EPOLL_CTL_ADD, pair.client.get(), EPOLLIN, 1), Succeeds());
  ASSERT_THAT(control(EPOLL_CTL_ADD, read_end.get(), EPOLLIN, 2), Succeeds());
  std::thread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(write(write_end.get(), "x", 1), 1);
  });
  ASSERT_EQ(wait(10'000), 1);
  writer.join();
  EXPECT_EQ(events[0].data.u64, 2U);
  send_all(pair.server.get(), "x");
  wait_for(pair.client.get(), POLLIN);
  EXPECT_EQ(wait(10'000), 2);
}

TEST_F(Epoll, HangUp) {
  ASSERT_THAT(control(EPOLL_CTL_ADD, pair.client.get(), EPOLLIN | EPOLLRDHUP), Succeeds());
  shutdown(pair.server.get(), SHUT_WR);
  ASSERT_EQ(wait(10'000), 1);
  EXPECT_EQ(events[0].events, static_cast<std::uint32_t>(EPOLLIN | EPOLLRDHUP));
}

TEST_F(Epoll, ForgetsWhatIsClosed) {
  ASSERT_THAT(control(EPOLL_CTL_ADD, pair.client.get(), EPOLLOUT), Succeeds());
  EXPECT_EQ(wait(0), 1);
  pair.client.reset();
  EXPECT_EQ(wait(0), 0);
}

TEST_F(Epoll, Refuses) {
  const int fd = pair.client.get();
  EXPECT_THAT(control(EPOLL_CTL_MOD, fd, EPOLLIN), FailsWith(ENOENT));
  EXPECT_THAT(control(EPOLL_CTL_DEL, fd, 0), FailsWith(ENOENT));
  EXPECT_THAT(control(EPOLL_CTL_ADD, fd, EPOLLIN), Succeeds());
  EXPECT_THAT(control(EPOLL_CTL_ADD, fd, EPOLLIN), FailsWith(EEXIST));
  EXPECT_THAT(control(EPOLL_CTL_DEL, fd, 0), Succeeds());
  EXPECT_THAT(control(EPOLL_CTL_ADD, 999, EPOLLIN), FailsWith(EBADF));
  EXPECT_THAT(epoll_wait(epoll.get(), events.data(), 0, 0), FailsWith(EINVAL));
  EXPECT_THAT(epoll_wait(fd, events.data(), 1, 0), FailsWith(EINVAL));
}

}  // namespace
}  // namespace farcall::conformance
