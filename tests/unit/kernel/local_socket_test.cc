// AF_LOCAL: pairs and names, streams and datagrams.
#include <cstring>

#include "kernel_testing.h"

namespace farcall::testing {
namespace {

netbsd::sockaddr_un name_of(const char* path) {
  netbsd::sockaddr_un address{};
  address.sun_len = static_cast<unsigned char>(2 + std::strlen(path) + 1);
  address.sun_family = NB_AF_LOCAL;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  return address;
}

class LocalSocketTest : public KernelTest {
 protected:
  struct Pair {
    int one, other;
  };
  static Pair make_pair(int type) {
    int fds[2] = {-1, -1};
    EXPECT_THAT(call(NB_SYS_socketpair, NB_AF_LOCAL, type, 0, fds), Succeeds());
    return {fds[0], fds[1]};
  }
  static int make_socket(int type) {
    Outcome outcome = call(NB_SYS_socket30, NB_AF_LOCAL, type, 0);
    EXPECT_THAT(outcome, Succeeds());
    return static_cast<int>(outcome.value);
  }
  static Outcome send(int fd, const std::string& text, int flags = 0) {
    return call(NB_SYS_sendto, fd, text.data(), text.size(), flags, nullptr, 0);
  }
  static std::string receive(int fd, std::size_t most = 100, int flags = 0) {
    std::string text(most, '\0');
    Outcome outcome = call(NB_SYS_recvfrom, fd, text.data(), most, flags, nullptr, nullptr);
    EXPECT_THAT(outcome, Succeeds());
    text.resize(static_cast<std::size_t>(outcome.value));
    return text;
  }
};

TEST_F(LocalSocketTest, APairIsConnectedBothWays) {
  Pair pair = make_pair(NB_SOCK_STREAM);
  EXPECT_THAT(send(pair.one, "there"), Returns(5));
  EXPECT_THAT(send(pair.other, "back"), Returns(4));
  EXPECT_EQ(receive(pair.other), "there");
  EXPECT_EQ(receive(pair.one), "back");
}

TEST_F(LocalSocketTest, PeekingLeavesTheData) {
  Pair pair = make_pair(NB_SOCK_STREAM);
  send(pair.one, "twice");
  EXPECT_EQ(receive(pair.other, 3, NB_MSG_PEEK), "twi");
  EXPECT_EQ(receive(pair.other), "twice");
}

TEST_F(LocalSocketTest, WaitAllWaitsForAll) {
  Pair pair = make_pair(NB_SOCK_STREAM);
  send(pair.one, "one ");
  std::string received;
  Caller reader(pid(), [&] {
    received = receive(pair.other, 7, NB_MSG_WAITALL);
    return Outcome{};
  });
  reader.wait_until_asleep();
  send(pair.one, "two");
  reader.result();
  EXPECT_EQ(received, "one two");
}

TEST_F(LocalSocketTest, HalfCloseEndsOneDirection) {
  Pair pair = make_pair(NB_SOCK_STREAM);
  send(pair.one, "last");
  EXPECT_THAT(call(NB_SYS_shutdown, pair.one, NB_SHUT_WR), Succeeds());
  EXPECT_EQ(receive(pair.other), "last");
  EXPECT_EQ(receive(pair.other), "");
  EXPECT_THAT(send(pair.one, "x"), FailsWith(NB_EPIPE));
  send(pair.other, "still");
  EXPECT_EQ(receive(pair.one), "still");
  EXPECT_THAT(call(NB_SYS_shutdown, pair.one, 9), FailsWith(NB_EINVAL));
}

TEST_F(LocalSocketTest, DatagramsKeepTheirBounds) {
  Pair pair = make_pair(NB_SOCK_DGRAM);
  send(pair.one, "first");
  send(pair.one, "");
  send(pair.one, "third");
  EXPECT_EQ(receive(pair.other), "first");
  EXPECT_EQ(receive(pair.other), "");
  EXPECT_EQ(receive(pair.other, 2), "th");
  char byte = 0;
  EXPECT_THAT(call(NB_SYS_recvfrom, pair.other, &byte, 1, NB_MSG_DONTWAIT, nullptr, nullptr),
              FailsWith(NB_EAGAIN));
}

TEST_F(LocalSocketTest, RecvmsgSaysThatADatagramWasCut) {
  Pair pair = make_pair(NB_SOCK_DGRAM);
  send(pair.one, "longer");
  char buffer[3];
  netbsd::iovec iovec{buffer, sizeof buffer};
  netbsd::msghdr message{};
  message.msg_iov = &iovec;
  message.msg_iovlen = 1;
  EXPECT_THAT(call(NB_SYS_recvmsg, pair.other, &message, 0), Returns(3));
  EXPECT_EQ(message.msg_flags, NB_MSG_TRUNC);
}

TEST_F(LocalSocketTest, SeveralMessagesInOneCall) {
  Pair pair = make_pair(NB_SOCK_DGRAM);
  char a[] = "aa", b[] = "bbb";
  netbsd::iovec out[2] = {{a, 2}, {b, 3}};
  netbsd::mmsghdr messages[2] = {};
  for (int i = 0; i < 2; ++i) {
    messages[i].msg_hdr.msg_iov = &out[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  EXPECT_THAT(call(NB_SYS_sendmmsg, pair.one, messages, 2, 0), Returns(2));
  EXPECT_EQ(messages[1].msg_len, 3u);
  EXPECT_THAT(call(NB_SYS_recvmmsg, pair.other, messages, 2, NB_MSG_WAITFORONE, nullptr),
              Returns(2));
  EXPECT_EQ(messages[0].msg_len, 2u);
}

TEST_F(LocalSocketTest, ConnectsByNameAndAccepts) {
  auto name = name_of("/var/run/x");
  int listener = make_socket(NB_SOCK_STREAM), client = make_socket(NB_SOCK_STREAM);
  EXPECT_THAT(call(NB_SYS_connect, client, &name, name.sun_len), FailsWith(NB_ENOENT));
  EXPECT_THAT(call(NB_SYS_bind, listener, &name, name.sun_len), Succeeds());
  EXPECT_THAT(call(NB_SYS_connect, client, &name, name.sun_len), FailsWith(NB_ECONNREFUSED));
  EXPECT_THAT(call(NB_SYS_listen, listener, 1), Succeeds());
  EXPECT_THAT(call(NB_SYS_connect, client, &name, name.sun_len), Succeeds());
  EXPECT_THAT(call(NB_SYS_connect, client, &name, name.sun_len), FailsWith(NB_EISCONN));
  int second = make_socket(NB_SOCK_STREAM);
  EXPECT_THAT(call(NB_SYS_connect, second, &name, name.sun_len), FailsWith(NB_ECONNREFUSED));
  Outcome accepted = call(NB_SYS_paccept, listener, nullptr, nullptr, nullptr, NB_SOCK_CLOEXEC);
  ASSERT_THAT(accepted, Succeeds());
  send(client, "hello");
  EXPECT_EQ(receive(static_cast<int>(accepted.value)), "hello");
  netbsd::sockaddr_un peer{};
  std::uint32_t length = sizeof peer;
  EXPECT_THAT(call(NB_SYS_getpeername, client, &peer, &length), Succeeds());
  EXPECT_STREQ(peer.sun_path, "/var/run/x");
}

TEST_F(LocalSocketTest, ANameGoesWithItsSocket) {
  auto name = name_of("short-lived");
  int one = make_socket(NB_SOCK_STREAM), other = make_socket(NB_SOCK_STREAM);
  EXPECT_THAT(call(NB_SYS_bind, one, &name, name.sun_len), Succeeds());
  EXPECT_THAT(call(NB_SYS_bind, other, &name, name.sun_len), FailsWith(NB_EADDRINUSE));
  call(NB_SYS_close, one);
  EXPECT_THAT(call(NB_SYS_bind, other, &name, name.sun_len), Succeeds());
}

TEST_F(LocalSocketTest, AcceptSleepsUntilSomeoneConnects) {
  auto name = name_of("waiting");
  int listener = make_socket(NB_SOCK_STREAM), client = make_socket(NB_SOCK_STREAM);
  call(NB_SYS_bind, listener, &name, name.sun_len);
  call(NB_SYS_listen, listener, 5);
  Caller server(pid(), [&] { return call(NB_SYS_accept, listener, nullptr, nullptr); });
  server.wait_until_asleep();
  EXPECT_THAT(call(NB_SYS_connect, client, &name, name.sun_len), Succeeds());
  EXPECT_THAT(server.result(), Succeeds());
}

TEST_F(LocalSocketTest, TheListenersEndResetsWhoWaits) {
  auto name = name_of("ending");
  int listener = make_socket(NB_SOCK_STREAM), client = make_socket(NB_SOCK_STREAM);
  call(NB_SYS_bind, listener, &name, name.sun_len);
  call(NB_SYS_listen, listener, 5);
  call(NB_SYS_connect, client, &name, name.sun_len);
  call(NB_SYS_close, listener);
  EXPECT_EQ(receive(client), "");
}

TEST_F(LocalSocketTest, DatagramsSayWhoSentThem) {
  auto sender_name = name_of("sender"), receiver_name = name_of("receiver");
  int sender = make_socket(NB_SOCK_DGRAM), receiver = make_socket(NB_SOCK_DGRAM);
  call(NB_SYS_bind, sender, &sender_name, sender_name.sun_len);
  call(NB_SYS_bind, receiver, &receiver_name, receiver_name.sun_len);
  EXPECT_THAT(call(NB_SYS_sendto, sender, "hi", 2, 0, &receiver_name, receiver_name.sun_len),
              Returns(2));
  char buffer[4] = {};
  netbsd::sockaddr_un from{};
  std::uint32_t length = sizeof from;
  EXPECT_THAT(call(NB_SYS_recvfrom, receiver, buffer, sizeof buffer, 0, &from, &length),
              Returns(2));
  EXPECT_STREQ(from.sun_path, "sender");
  EXPECT_EQ(length, sender_name.sun_len);
}

TEST_F(LocalSocketTest, FamiliesAndTypesThatAreNotThere) {
  EXPECT_THAT(call(NB_SYS_socket30, 9, NB_SOCK_STREAM, 0), FailsWith(NB_EAFNOSUPPORT));
  EXPECT_THAT(call(NB_SYS_socket30, -1, NB_SOCK_STREAM, 0), FailsWith(NB_EAFNOSUPPORT));
  EXPECT_THAT(call(NB_SYS_socket30, NB_AF_LOCAL, 77, 0), FailsWith(NB_ESOCKTNOSUPPORT));
  EXPECT_THAT(call(NB_SYS_socket30, NB_AF_LOCAL, NB_SOCK_STREAM, 5), FailsWith(NB_EPROTONOSUPPORT));
  Pipe pipe = make_pipe();
  EXPECT_THAT(call(NB_SYS_listen, pipe.read, 1), FailsWith(NB_ENOTSOCK));
}

TEST_F(LocalSocketTest, OptionsOfEverySocket) {
  Pair pair = make_pair(NB_SOCK_STREAM | NB_SOCK_NONBLOCK);
  int value = 0;
  std::uint32_t size = sizeof value;
  EXPECT_THAT(call(NB_SYS_getsockopt, pair.one, NB_SOL_SOCKET, NB_SO_TYPE, &value, &size),
              Succeeds());
  EXPECT_EQ(value, NB_SOCK_STREAM);
  value = 1;
  EXPECT_THAT(call(NB_SYS_setsockopt, pair.one, NB_SOL_SOCKET, NB_SO_NOSIGPIPE, &value, size),
              Succeeds());
  EXPECT_THAT(call(NB_SYS_fcntl, pair.one, NB_F_GETNOSIGPIPE), Returns(1));
  EXPECT_THAT(call(NB_SYS_setsockopt, pair.one, 99, 99, &value, size), FailsWith(NB_ENOPROTOOPT));
}

}  // namespace
}  // namespace farcall::testing
