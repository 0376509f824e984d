// Calls that do not wait.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "support.h"

namespace farcall::conformance {
namespace {

bool nonblocking(int fd) { return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0; }

TEST(Nonblocking, AsksAgain) {
  const Fd listener = bound_socket(AF_INET, SOCK_STREAM);
  ASSERT_THAT(fcntl(listener.get(), F_SETFL, O_NONBLOCK), Succeeds());
  EXPECT_THAT(accept(listener.get(), nullptr, nullptr), FailsWith(EAGAIN));
  const Fd datagram(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
  char byte = 0;
  EXPECT_THAT(recv(datagram.get(), &byte, 1, 0), FailsWith(EAGAIN));
}

TEST(Nonblocking, ThreeWaysToSetIt) {
  const Fd by_type(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  EXPECT_TRUE(nonblocking(by_type.get()));
  const Fd by_fcntl(socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_FALSE(nonblocking(by_fcntl.get()));
  fcntl(by_fcntl.get(), F_SETFL, O_RDWR | O_NONBLOCK);
  EXPECT_TRUE(nonblocking(by_fcntl.get()));
  const Fd by_ioctl(socket(AF_INET, SOCK_STREAM, 0));
  int on = 1;
  ASSERT_THAT(ioctl(by_ioctl.get(), FIONBIO, &on), Succeeds());
  EXPECT_TRUE(nonblocking(by_ioctl.get()));
}

TEST(Nonblocking, AcceptedSocketHasItsOwnFlags) {
  const Fd listener = bound_socket(AF_INET, SOCK_STREAM);
  const Address to = local_address(listener.get());
  fcntl(listener.get(), F_SETFL, O_NONBLOCK);
  const Fd first(socket(AF_INET, SOCK_STREAM, 0));
  const Fd second(socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_THAT(connect(first.get(), to.get(), to.length), Succeeds());
  ASSERT_THAT(connect(second.get(), to.get(), to.length), Succeeds());
  wait_for(listener.get(), POLLIN);
  const Fd plain(accept(listener.get(), nullptr, nullptr));
  EXPECT_FALSE(nonblocking(plain.get()));
  EXPECT_EQ(fcntl(plain.get(), F_GETFD), 0);
  wait_for(listener.get(), POLLIN);
  const Fd flagged(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  EXPECT_TRUE(nonblocking(flagged.get()));
  EXPECT_EQ(fcntl(flagged.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_THAT(accept4(listener.get(), nullptr, nullptr, 0x40), FailsWith(EINVAL));
}

Pair local_pair() {
  int ends[2] = {-1, -1};
  EXPECT_THAT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), Succeeds());
  return {Fd(ends[0]), Fd(ends[1])};
}

// NetBSD's kernel slept all the same.
TEST(Nonblocking, ASendWithMsgDontwaitDoesNotWaitForRoom) {
  const std::string data(100'000, 'x');
  for (const Pair& pair : {connected(AF_INET), local_pair()}) {
    ssize_t sent = 0;
    while (sent >= 0) sent = send(pair.client.get(), data.data(), data.size(), MSG_DONTWAIT);
    EXPECT_THAT(sent, FailsWith(EAGAIN));
  }
}

TEST(Nonblocking, AWriteStopsShortOfWhereMemoryEnds) {
  constexpr std::size_t kThere = std::size_t{8} << 20;
  constexpr std::size_t kMissing = std::size_t{1} << 20;
  void* const memory =
      mmap(nullptr, kThere + kMissing, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  char* const end = static_cast<char*>(memory) + kThere;
  ASSERT_THAT(mprotect(end, kMissing, PROT_NONE), Succeeds());
  const Pair first = local_pair();
  const ssize_t taken = send(first.client.get(), memory, kThere, MSG_DONTWAIT);
  ASSERT_GT(taken, 0);
  ASSERT_LT(taken, static_cast<ssize_t>(kThere));
  // Now it ends just where the kernel stops.
  const Pair second = local_pair();
  const auto size = static_cast<std::size_t>(taken);
  EXPECT_GT(send(second.client.get(), end - size, size + kMissing, MSG_DONTWAIT), 0);
  munmap(memory, kThere + kMissing);
}

TEST(Nonblocking, ConnectGoesOnByItself) {
  for (const int family : {AF_INET, AF_INET6}) {
    const Fd listener = bound_socket(family, SOCK_STREAM);
    const Address to = local_address(listener.get());
    const Fd client(socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0));
    // Also where the kernel has done it by then: Java's selectors wait for what went on.
    EXPECT_THAT(connect(client.get(), to.get(), to.length), FailsWith(EINPROGRESS));
    EXPECT_EQ(wait_for(client.get(), POLLOUT), POLLOUT);
    EXPECT_EQ(peer_address(client.get()), to);
    int error = -1;
    socklen_t size = sizeof error;
    EXPECT_THAT(getsockopt(client.get(), SOL_SOCKET, SO_ERROR, &error, &size), Succeeds());
    EXPECT_EQ(error, 0);
  }
}

TEST(Nonblocking, OfOtherSocketsConnectIsDoneAtOnce) {
  const Fd datagrams = bound_socket(AF_INET, SOCK_DGRAM);
  const Address to = local_address(datagrams.get());
  const Fd client(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
  EXPECT_THAT(connect(client.get(), to.get(), to.length), Succeeds());
}

TEST(Nonblocking, SendStopsWhenBuffersAreFull) {
  const Pair pair = connected(AF_INET);
  fcntl(pair.client.get(), F_SETFL, O_NONBLOCK);
  const std::string block(1 << 16, 'b');
  std::size_t sent = 0;
  ssize_t count = 0;
  while ((count = send(pair.client.get(), block.data(), block.size(), 0)) > 0)
    sent += static_cast<std::size_t>(count);
  EXPECT_THAT(count, FailsWith(EAGAIN));
  shutdown(pair.client.get(), SHUT_WR);
  EXPECT_EQ(read_to_end(pair.server.get()).size(), sent);
}

}  // namespace
}  // namespace farcall::conformance
