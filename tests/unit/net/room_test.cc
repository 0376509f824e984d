// How much a TCP connection over lo0 takes before anybody reads it.
#include <algorithm>

#include "net_testing.h"

namespace farcall::testing {
namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = kKiB * kKiB;
/// lwIP's own: a send buffer and a window.
constexpr std::size_t kWindows = 2 * 64 * kKiB;

class RoomTest : public NetTest {
 protected:
  static Pair connected() {
    const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
    set_nonblocking(pair.client);
    return pair;
  }
  static char byte_at(std::size_t place) { return static_cast<char>(place * 7 + place / 251); }

  /// Writes, `piece` bytes at a time, until there is no room; returns how much that was. `before`
  /// bytes were written earlier.
  static std::size_t fill(int fd, std::size_t piece, std::size_t before = 0) {
    std::string data(piece, '\0');
    std::size_t total = before;
    for (;;) {
      for (std::size_t i = 0; i < piece; ++i) data[i] = byte_at(total + i);
      const Outcome outcome = call(NB_SYS_write, fd, data.data(), piece);
      if (outcome.error != 0) {
        EXPECT_THAT(outcome, FailsWith(NB_EWOULDBLOCK));
        return total - before;
      }
      total += static_cast<std::size_t>(outcome.value);
    }
  }
  /// Reads `size` bytes, of which the first was written as number `place`.
  static void expect_bytes(int fd, std::size_t place, std::size_t size) {
    std::string data;
    for (std::size_t done = 0; done < size; done += data.size()) {
      receive(fd, data, std::min(size - done, 50 * kKiB));
      ASSERT_FALSE(data.empty());
      for (std::size_t i = 0; i < data.size(); ++i) {
        ASSERT_EQ(data[i], byte_at(place + done + i)) << "at " << place + done + i;
      }
    }
  }
};

TEST_F(RoomTest, AWriterMayBeAMebibyteAhead) {
  const Pair pair = connected();
  const std::size_t size = fill(pair.client, 64 * kKiB);
  EXPECT_GE(size, kMiB);
  EXPECT_LE(size, kMiB + kWindows);
  expect_bytes(pair.server, 0, size);
}

TEST_F(RoomTest, OpensWhenHalfIsRead) {
  const Pair pair = connected();
  const std::size_t size = fill(pair.client, 64 * kKiB);
  const std::size_t quarter = size / 4;
  expect_bytes(pair.server, 0, quarter);
  EXPECT_EQ(poll_now(pair.client, NB_POLLOUT), 0);
  expect_bytes(pair.server, quarter, 2 * quarter);
  EXPECT_EQ(poll_now(pair.client, NB_POLLOUT), NB_POLLOUT);
  const std::size_t more = fill(pair.client, 64 * kKiB, size);
  EXPECT_GE(more, 2 * quarter);
  expect_bytes(pair.server, 3 * quarter, size - 3 * quarter + more);
}

TEST_F(RoomTest, ShortSegmentsDoNotTakeMore) {
  const Pair pair = connected();
  set_int(pair.client, NB_IPPROTO_TCP, NB_TCP_NODELAY, 1);
  const std::size_t size = fill(pair.client, 10);
  EXPECT_LE(size, kWindows);
  expect_bytes(pair.server, 0, size);
}

TEST_F(RoomTest, AReaderWhoWantsLessHasLess) {
  const Listener listener = listen_at(v4("127.0.0.1"));
  set_int(listener.fd, NB_SOL_SOCKET, NB_SO_RCVBUF, 16 * kKiB);
  const Pair pair = connect_through(listener);
  set_nonblocking(pair.client);
  EXPECT_LE(fill(pair.client, 64 * kKiB), kWindows);
}

TEST_F(RoomTest, ClosedConnectionsGiveItBack) {
  for (int i = 0; i < 300; ++i) {
    const Pair pair = connected();
    ASSERT_GE(fill(pair.client, 256 * kKiB), kMiB) << "connection " << i;
    if (i % 3 == 0) call(NB_SYS_shutdown, pair.server, NB_SHUT_RD);
    call(NB_SYS_close, i % 2 == 0 ? pair.client : pair.server);
    call(NB_SYS_close, i % 2 == 0 ? pair.server : pair.client);
  }
}

// The kernel has 256 MiB for all, and half of these for what only makes things faster.
TEST_F(RoomTest, ManyThatNobodyReadsHaveLessEach) {
  std::size_t total = 0;
  std::size_t last = 0;
  std::vector<Pair> pairs;
  for (int i = 0; i < 140; ++i) {
    pairs.push_back(connected());
    last = fill(pairs.back().client, 256 * kKiB);
    total += last;
  }
  EXPECT_LE(last, kWindows);
  EXPECT_LE(total, 128 * kMiB + pairs.size() * kWindows);
  for (const Pair& pair : pairs) {
    call(NB_SYS_close, pair.client);
    call(NB_SYS_close, pair.server);
  }
  EXPECT_GE(fill(connected().client, 256 * kKiB), kMiB);
}

}  // namespace
}  // namespace farcall::testing
