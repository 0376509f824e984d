// TCP sockets: connections, half-close, errors.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <csignal>
#include <thread>

#include "support.h"

namespace farcall::conformance {
namespace {

class Stream : public BothFamilies {};
FARCALL_BOTH_FAMILIES(Stream);

TEST_P(Stream, EndsKnowEachOther) {
  const Fd listener = bound_socket(GetParam(), SOCK_STREAM);
  const Address address = local_address(listener.get());
  const Fd client(socket(GetParam(), SOCK_STREAM, 0));
  ASSERT_THAT(connect(client.get(), address.get(), address.length), Succeeds());
  Address peer;
  const Fd server(accept(listener.get(), peer.get(), &peer.length));
  ASSERT_TRUE(server.valid());
  EXPECT_EQ(peer, local_address(client.get()));
  EXPECT_EQ(peer, peer_address(server.get()));
  EXPECT_EQ(address, peer_address(client.get()));
  EXPECT_EQ(address, local_address(server.get()));
}

TEST_P(Stream, AddressesAreCutToTheCallersBuffer) {
  const Pair pair = connected(GetParam());
  sockaddr_storage storage{};
  socklen_t length = 4;
  ASSERT_THAT(getpeername(pair.client.get(), reinterpret_cast<sockaddr*>(&storage), &length),
              Succeeds());
  EXPECT_EQ(length, peer_address(pair.client.get()).length);
  EXPECT_EQ(storage.ss_family, GetParam());
}

TEST_P(Stream, HalfCloseLeavesTheOtherDirection) {
  const Pair pair = connected(GetParam());
  send_all(pair.client.get(), "question");
  ASSERT_THAT(shutdown(pair.client.get(), SHUT_WR), Succeeds());
  EXPECT_EQ(read_to_end(pair.server.get()), "question");
  send_all(pair.server.get(), "answer");
  ASSERT_THAT(shutdown(pair.server.get(), SHUT_WR), Succeeds());
  EXPECT_EQ(read_to_end(pair.client.get()), "answer");
  EXPECT_THAT(send(pair.client.get(), "x", 1, MSG_NOSIGNAL), FailsWith(EPIPE));
}

TEST_P(Stream, LargeTransferIsExact) {
  const Pair pair = connected(GetParam());
  std::string data(8 << 20, '\0');
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>(i * 2654435761U >> 24);
  std::thread sender([&] {
    send_all(pair.client.get(), data);
    shutdown(pair.client.get(), SHUT_WR);
  });
  EXPECT_TRUE(read_to_end(pair.server.get()) == data);
  sender.join();
}

TEST_P(Stream, NobodyListens) {
  const Address address = local_address(bound_socket(GetParam(), SOCK_STREAM).get());
  const Fd client(socket(GetParam(), SOCK_STREAM, 0));
  EXPECT_THAT(connect(client.get(), address.get(), address.length), FailsWith(ECONNREFUSED));
}

TEST_P(Stream, PortIsTaken) {
  const Fd listener = bound_socket(GetParam(), SOCK_STREAM);
  const Address address = local_address(listener.get());
  const Fd second(socket(GetParam(), SOCK_STREAM, 0));
  EXPECT_THAT(bind(second.get(), address.get(), address.length), FailsWith(EADDRINUSE));
}

TEST_P(Stream, AddressThatNoInterfaceHas) {
  Address address = loopback(GetParam());
  if (GetParam() == AF_INET) {
    reinterpret_cast<sockaddr_in*>(&address.storage)->sin_addr.s_addr =
        htonl(0xc0000201);  // 192.0.2.1
  } else {
    reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_addr.s6_addr[0] = 0x20;
  }
  const Fd fd(socket(GetParam(), SOCK_STREAM, 0));
  EXPECT_THAT(bind(fd.get(), address.get(), address.length), FailsWith(EADDRNOTAVAIL));
}

/// Binds; a connection whose last acknowledgement is still on its way holds the port until then.
int bind_when_free(int fd, const Address& address) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (bind(fd, address.get(), address.length) == -1) {
    if (errno != EADDRINUSE || std::chrono::steady_clock::now() > end) return -1;
    sched_yield();
  }
  return 0;
}

// As a client of HTTP/1.0 comes to do, whose servers close first.
TEST_P(Stream, APortIsUsedAgainWhileTheServerRemembersIt) {
  const Fd listener = bound_socket(GetParam(), SOCK_STREAM);
  const Address address = local_address(listener.get());
  Address from = loopback(GetParam());
  for (int i = 0; i < 10; ++i) {
    const Fd client(socket(GetParam(), SOCK_STREAM, 0));
    ASSERT_THAT(bind_when_free(client.get(), from), Succeeds());
    from = local_address(client.get());
    ASSERT_THAT(connect(client.get(), address.get(), address.length), Succeeds());
    Fd server(accept(listener.get(), nullptr, nullptr));
    ASSERT_TRUE(server.valid());
    send_all(server.get(), "reply");
    server.reset();
    EXPECT_EQ(read_to_end(client.get()), "reply");
  }
}

TEST_P(Stream, UnconnectedSocket) {
  const Fd fd(socket(GetParam(), SOCK_STREAM, 0));
  char byte = 0;
  Address address;
  EXPECT_THAT(recv(fd.get(), &byte, 1, 0), FailsWith(ENOTCONN));
  const int ended = shutdown(fd.get(), SHUT_RDWR);
  if (on_netbsd()) {
    EXPECT_THAT(ended, Succeeds());
  } else {
    EXPECT_THAT(ended, FailsWith(ENOTCONN));
  }
  EXPECT_THAT(getpeername(fd.get(), address.get(), &address.length), FailsWith(ENOTCONN));
  EXPECT_THAT(accept(fd.get(), nullptr, nullptr), FailsWith(EINVAL));
}

TEST_P(Stream, ConnectedSocketDoesNotConnectAgain) {
  const Pair pair = connected(GetParam());
  const Address address = peer_address(pair.client.get());
  EXPECT_THAT(connect(pair.client.get(), address.get(), address.length), FailsWith(EISCONN));
}

TEST_P(Stream, AddressLengthIsChecked) {
  const Fd fd(socket(GetParam(), SOCK_STREAM, 0));
  const Address address = loopback(GetParam());
  EXPECT_THAT(bind(fd.get(), address.get(), 3), FailsWith(EINVAL));
}

TEST_P(Stream, WriteToClosedPeerRaisesSigpipe) {
  static volatile sig_atomic_t raised;
  raised = 0;
  struct sigaction action {};
  struct sigaction old {};
  action.sa_handler = [](int) { raised = 1; };
  sigaction(SIGPIPE, &action, &old);
  const Pair pair = connected(GetParam());
  shutdown(pair.client.get(), SHUT_WR);
  EXPECT_THAT(send(pair.client.get(), "x", 1, MSG_NOSIGNAL), FailsWith(EPIPE));
  EXPECT_EQ(raised, 0);
  EXPECT_THAT(write(pair.client.get(), "x", 1), FailsWith(EPIPE));
  EXPECT_EQ(raised, 1);
  sigaction(SIGPIPE, &old, nullptr);
}

TEST_P(Stream, UnreadDataMakesCloseAReset) {
  Pair pair = connected(GetParam());
  send_all(pair.client.get(), "never read");
  wait_for(pair.server.get(), POLLIN);
  pair.server.reset();
  wait_for(pair.client.get(), POLLIN);
  char byte = 0;
  const ssize_t end = read(pair.client.get(), &byte, 1);
  if (on_netbsd()) {
    EXPECT_EQ(end, 0);
  } else {
    EXPECT_THAT(end, FailsWith(ECONNRESET));
  }
}

TEST(Sockets, UnknownKinds) {
  EXPECT_THAT(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), FailsWith(EPROTONOSUPPORT));
  EXPECT_THAT(socket(AF_INET, 77, 0), FailsWith(EINVAL));
  EXPECT_THAT(socket(AF_MAX + 1, SOCK_STREAM, 0), FailsWith(EAFNOSUPPORT));
}

TEST(Sockets, LookLikeSockets) {
  const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
  struct stat status {};
  ASSERT_THAT(fstat(fd.get(), &status), Succeeds());
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_THAT(lseek(fd.get(), 0, SEEK_SET), FailsWith(ESPIPE));
  EXPECT_EQ(isatty(fd.get()), 0);
}

TEST(Sockets, BadMemoryIsEfault) {
  const Pair pair = connected(AF_INET);
  send_all(pair.client.get(), "data");
  wait_for(pair.server.get(), POLLIN);
  auto* nowhere = reinterpret_cast<void*>(8);
  EXPECT_THAT(recv(pair.server.get(), nowhere, 4, 0), FailsWith(EFAULT));
  EXPECT_THAT(send(pair.client.get(), nowhere, 4, 0), FailsWith(EFAULT));
  EXPECT_THAT(bind(pair.client.get(), static_cast<sockaddr*>(nowhere), 16), FailsWith(EFAULT));
}

/// A call that met bad memory behind good: it fails, or moves some of what is good.
void expect_fault_or_part(ssize_t result, std::size_t good) {
  if (result == -1) {
    EXPECT_THAT(errno, testing::AnyOf(EFAULT, EAGAIN));
  } else {
    EXPECT_LE(static_cast<std::size_t>(result), good);
  }
}

TEST(Sockets, MemoryThatEndsMidwayHarmsThatCallAlone) {
  constexpr std::size_t kHalf = 1 << 18;
  void* mapped =
      mmap(nullptr, 2 * kHalf, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  auto* memory = static_cast<char*>(mapped);
  munmap(memory + kHalf, kHalf);
  for (const std::size_t good : {std::size_t{5}, std::size_t{5000}, kHalf}) {
    const Pair pair = connected(AF_INET);
    send_all(pair.client.get(), std::string(10'000, 'x'));
    wait_for(pair.server.get(), POLLIN);
    ASSERT_THAT(fcntl(pair.server.get(), F_SETFL, O_NONBLOCK), Succeeds());
    char* begin = memory + kHalf - good;
    expect_fault_or_part(recv(pair.server.get(), begin, good + 100, 0), good);
    expect_fault_or_part(send(pair.server.get(), begin, good + 100, 0), good);
    iovec pieces[2] = {{begin, good}, {memory + kHalf, 1}};
    expect_fault_or_part(writev(pair.server.get(), pieces, 2), good);
  }
  const Pair after = connected(AF_INET);
  send_all(after.client.get(), "still in step");
  shutdown(after.client.get(), SHUT_WR);
  EXPECT_EQ(read_to_end(after.server.get()), "still in step");
  munmap(memory, kHalf);
}

TEST(Sockets, ALimitOnTheSizeOfFilesIsNotTheirs) {
  const Pair pair = connected(AF_INET);
  rlimit before{};
  ASSERT_THAT(getrlimit(RLIMIT_FSIZE, &before), Succeeds());
  const rlimit none{0, before.rlim_max};
  ASSERT_THAT(setrlimit(RLIMIT_FSIZE, &none), Succeeds());
  send_all(pair.client.get(), "data");
  shutdown(pair.client.get(), SHUT_WR);
  const std::string received = read_to_end(pair.server.get());
  ASSERT_THAT(setrlimit(RLIMIT_FSIZE, &before), Succeeds());
  EXPECT_EQ(received, "data");
}

TEST(Sockets, ClosedDescriptorIsEbadf) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_THAT(close(fd), Succeeds());
  EXPECT_THAT(close(fd), FailsWith(EBADF));
  char byte = 0;
  EXPECT_THAT(read(fd, &byte, 1), FailsWith(EBADF));
  EXPECT_THAT(listen(fd, 1), FailsWith(EBADF));
}

TEST(Sockets, FionreadCountsWhatIsThere) {
  const Pair pair = connected(AF_INET);
  send_all(pair.client.get(), "12345");
  wait_for(pair.server.get(), POLLIN);
  int count = 0;
  ASSERT_THAT(ioctl(pair.server.get(), FIONREAD, &count), Succeeds());
  EXPECT_EQ(count, 5);
}

}  // namespace
}  // namespace farcall::conformance
