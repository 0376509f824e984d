// How TCP connections end.
#include "net_testing.h"

namespace farcall::testing {
namespace {

class TcpCloseTest : public NetTest {};

TEST_F(TcpCloseTest, DataSentBeforeCloseArrives) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  send(pair.client, "last words");
  EXPECT_THAT(call(NB_SYS_close, pair.client), Succeeds());
  std::string data;
  EXPECT_THAT(receive(pair.server, data, 100), Returns(10));
  EXPECT_THAT(receive(pair.server, data, 100), Returns(0));
}

TEST_F(TcpCloseTest, LingerZeroResets) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  const netbsd::linger linger = {1, 0};
  EXPECT_THAT(
      call(NB_SYS_setsockopt, pair.client, NB_SOL_SOCKET, NB_SO_LINGER, &linger, sizeof linger),
      Succeeds());
  call(NB_SYS_close, pair.client);
  std::string data;
  EXPECT_THAT(receive(pair.server, data, 1), FailsWith(NB_ECONNRESET));
  EXPECT_THAT(receive(pair.server, data, 1), Returns(0));
}

TEST_F(TcpCloseTest, ClosingWithUnreadDataResets) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  send(pair.client, "never read");
  EXPECT_EQ(poll_wait(pair.server, NB_POLLIN), NB_POLLIN);
  call(NB_SYS_close, pair.server);
  EXPECT_EQ(poll_wait(pair.client, NB_POLLIN), NB_POLLIN | NB_POLLERR | NB_POLLHUP);
  std::string data;
  EXPECT_THAT(receive(pair.client, data, 1), FailsWith(NB_ECONNRESET));
}

TEST_F(TcpCloseTest, SendingToAClosedPeerFails) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  call(NB_SYS_close, pair.server);
  EXPECT_THAT(send(pair.client, "into the void"), Succeeds());  // answered with a reset
  EXPECT_THAT(send(pair.client, "again", NB_MSG_NOSIGNAL), FailsWith(NB_ECONNRESET));
  EXPECT_THAT(send(pair.client, "again", NB_MSG_NOSIGNAL), FailsWith(NB_EPIPE));
}

TEST_F(TcpCloseTest, PollSeesTheEnd) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  EXPECT_EQ(poll_now(pair.client, NB_POLLIN), 0);
  call(NB_SYS_close, pair.server);
  EXPECT_EQ(poll_wait(pair.client, NB_POLLIN), NB_POLLIN);
}

TEST_F(TcpCloseTest, ClosingAListenerResetsWhoWaits) {
  const Listener listener = listen_at(v4("127.0.0.1"));
  const int client = open_socket(NB_AF_INET, NB_SOCK_STREAM);
  EXPECT_THAT(connect(client, listener.address), Succeeds());
  call(NB_SYS_close, listener.fd);
  std::string data;
  EXPECT_THAT(receive(client, data, 1), FailsWith(NB_ECONNRESET));
}

TEST_F(TcpCloseTest, ShutdownOfAnUnconnectedSocketFails) {
  const int fd = open_socket(NB_AF_INET, NB_SOCK_STREAM);
  EXPECT_THAT(call(NB_SYS_shutdown, fd, NB_SHUT_RDWR), FailsWith(NB_ENOTCONN));
}

TEST_F(TcpCloseTest, ShutdownOfReadingEndsAWaitingRead) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  char byte;
  Caller reader(pid(), [&] { return call(NB_SYS_read, pair.server, &byte, 1); });
  reader.wait_until_asleep();
  EXPECT_THAT(call(NB_SYS_shutdown, pair.server, NB_SHUT_RD), Succeeds());
  EXPECT_THAT(reader.result(), Returns(0));
}

TEST_F(TcpCloseTest, ManyShortConnections) {
  const Listener listener = listen_at(v4("127.0.0.1"));
  for (int i = 0; i < 2000; ++i) {
    const Pair pair = connect_through(listener);
    ASSERT_THAT(call(NB_SYS_close, pair.client), Succeeds());
    ASSERT_THAT(call(NB_SYS_close, pair.server), Succeeds());
  }
}

TEST_F(TcpCloseTest, AConnectionFollowsOneInTimeWait) {
  const Listener listener = listen_at(v4("127.0.0.1"));
  Address from = v4("127.0.0.1");
  for (int i = 0; i < 20; ++i) {
    const int client = open_socket(NB_AF_INET, NB_SOCK_STREAM);
    ASSERT_THAT(bind(client, from), Succeeds());
    from = local_address(client);
    ASSERT_THAT(connect(client, listener.address), Succeeds());
    const Outcome server = accept(listener.fd);
    ASSERT_THAT(server, Succeeds());
    call(NB_SYS_close, server.value);  // first, so that it is this end that waits
    std::string data;
    EXPECT_THAT(receive(client, data, 1), Returns(0));
    call(NB_SYS_close, client);
  }
}

}  // namespace
}  // namespace farcall::testing
