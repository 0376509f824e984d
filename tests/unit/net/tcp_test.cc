// TCP connections over lo0: making them, and what goes through.
#include <numeric>

#include "net_testing.h"

namespace farcall::testing {
namespace {

class TcpTest : public NetTest, public ::testing::WithParamInterface<const char*> {
 protected:
  static Address loopback() {
    const std::string_view text = GetParam();
    return text.find(':') == text.npos ? v4(text.data()) : v6(text.data());
  }
};

INSTANTIATE_TEST_SUITE_P(Families, TcpTest, ::testing::Values("127.0.0.1", "::1"),
                         [](const auto& family) {
                           return std::string(family.index == 0 ? "v4" : "v6");
                         });

std::string pattern(std::size_t size) {
  std::string data(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : data) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return data;
}

TEST_P(TcpTest, SegmentsToTheMachineItselfAreLong) {
  const Listener listener = listen_at(loopback());
  const Pair pair = connect_through(listener);
  for (const int fd : {pair.client, pair.server}) {
    EXPECT_EQ(get_int(fd, NB_IPPROTO_TCP, NB_TCP_MAXSEG), 16384);
  }
  set_int(listener.fd, NB_IPPROTO_TCP, NB_TCP_MAXSEG, 600);
  const Pair limited = connect_through(listener);
  EXPECT_EQ(get_int(limited.server, NB_IPPROTO_TCP, NB_TCP_MAXSEG), 600);
}

TEST_P(TcpTest, AReaderOfLittleIsSentAllTheSame) {
  const Pair pair = connect_through(listen_at(loopback()));
  const std::string data = pattern(1 << 20);
  Caller sender(pid(), [&] { return call(NB_SYS_write, pair.client, data.data(), data.size()); });
  std::string received(data.size(), '\0');
  for (std::size_t done = 0; done < data.size();) {
    const std::size_t most = std::min<std::size_t>(1000, data.size() - done);
    const Outcome outcome = call(NB_SYS_read, pair.server, received.data() + done, most);
    ASSERT_GT(outcome.value, 0);
    done += static_cast<std::size_t>(outcome.value);
  }
  EXPECT_TRUE(received == data);
  EXPECT_THAT(sender.result(), Returns(data.size()));
}

TEST_P(TcpTest, CarriesMegabytesUnchanged) {
  const Pair pair = connect_through(listen_at(loopback()));
  const std::string data = pattern(8 << 20);
  Caller sender(pid(), [&] {
    const Outcome outcome = call(NB_SYS_write, pair.client, data.data(), data.size());
    call(NB_SYS_shutdown, pair.client, NB_SHUT_WR);
    return outcome;
  });
  std::string got, part;
  while (receive(pair.server, part, 100'000).value > 0) got += part;
  EXPECT_THAT(sender.result(), Returns(data.size()));
  EXPECT_EQ(got, data);
}

TEST_P(TcpTest, HalfCloseLetsTheAnswerThrough) {
  const Pair pair = connect_through(listen_at(loopback()));
  EXPECT_THAT(send(pair.client, "question"), Returns(8));
  EXPECT_THAT(call(NB_SYS_shutdown, pair.client, NB_SHUT_WR), Succeeds());
  std::string data;
  EXPECT_THAT(receive(pair.server, data, 100, NB_MSG_WAITALL), Returns(8));
  EXPECT_THAT(send(pair.server, "answer"), Returns(6));
  EXPECT_THAT(call(NB_SYS_close, pair.server), Succeeds());
  EXPECT_THAT(receive(pair.client, data, 100, NB_MSG_WAITALL), Returns(6));
  EXPECT_EQ(data, "answer");
  EXPECT_THAT(receive(pair.client, data, 100), Returns(0));
  EXPECT_THAT(send(pair.client, "more", NB_MSG_NOSIGNAL), FailsWith(NB_EPIPE));
}

TEST_P(TcpTest, NobodyListensIsRefused) {
  const Listener listener = listen_at(loopback());
  call(NB_SYS_close, listener.fd);
  const int fd = open_socket(listener.address.storage.ss_family, NB_SOCK_STREAM);
  EXPECT_THAT(connect(fd, listener.address), FailsWith(NB_ECONNREFUSED));
}

TEST_P(TcpTest, NonblockingConnectReportsThroughPollAndSoError) {
  const Listener listener = listen_at(loopback());
  const int fd = open_socket(listener.address.storage.ss_family, NB_SOCK_STREAM);
  set_nonblocking(fd);
  const Outcome outcome = connect(fd, listener.address);
  EXPECT_THAT(outcome, ::testing::AnyOf(Succeeds(), FailsWith(NB_EINPROGRESS)));
  EXPECT_EQ(poll_wait(fd, NB_POLLOUT), NB_POLLOUT);
  EXPECT_EQ(get_int(fd, NB_SOL_SOCKET, NB_SO_ERROR), 0);
  EXPECT_THAT(connect(fd, listener.address), FailsWith(NB_EISCONN));
}

TEST_P(TcpTest, NonblockingConnectThatIsRefusedLeavesTheError) {
  const Listener listener = listen_at(loopback());
  call(NB_SYS_close, listener.fd);
  const int fd = open_socket(listener.address.storage.ss_family, NB_SOCK_STREAM);
  set_nonblocking(fd);
  const Outcome outcome = connect(fd, listener.address);
  if (outcome.error == NB_EINPROGRESS) {
    EXPECT_NE(poll_wait(fd, NB_POLLOUT) & NB_POLLOUT, 0);
    EXPECT_EQ(get_int(fd, NB_SOL_SOCKET, NB_SO_ERROR), NB_ECONNREFUSED);
  } else {
    EXPECT_THAT(outcome, FailsWith(NB_ECONNREFUSED));
  }
}

TEST_P(TcpTest, PeekLeavesTheBytes) {
  const Pair pair = connect_through(listen_at(loopback()));
  send(pair.client, "twice");
  std::string data;
  EXPECT_THAT(receive(pair.server, data, 3, NB_MSG_PEEK), Returns(3));
  EXPECT_EQ(data, "twi");
  EXPECT_THAT(receive(pair.server, data, 100), Returns(5));
  EXPECT_EQ(data, "twice");
}

TEST_P(TcpTest, WaitallWaitsForTheRest) {
  const Pair pair = connect_through(listen_at(loopback()));
  std::string data(10, '\0');
  Caller reader(pid(), [&] {
    return call(NB_SYS_recvfrom, pair.server, data.data(), 10, NB_MSG_WAITALL, nullptr, nullptr);
  });
  send(pair.client, "12345");
  reader.wait_until_asleep();
  send(pair.client, "67890");
  EXPECT_THAT(reader.result(), Returns(10));
  EXPECT_EQ(data, "1234567890");
}

TEST_P(TcpTest, DontwaitFailsInsteadOfSleeping) {
  const Pair pair = connect_through(listen_at(loopback()));
  std::string data;
  EXPECT_THAT(receive(pair.server, data, 10, NB_MSG_DONTWAIT), FailsWith(NB_EWOULDBLOCK));
}

TEST_P(TcpTest, AFullConnectionTakesWhatFitsWhenNonblocking) {
  const Pair pair = connect_through(listen_at(loopback()));
  set_nonblocking(pair.client);
  const std::string data = pattern(4 << 20);
  const Outcome outcome = send(pair.client, data);
  EXPECT_THAT(outcome, Succeeds());
  EXPECT_LT(outcome.value, static_cast<long>(data.size()));
  while (send(pair.client, data).error == 0) {
  }
  EXPECT_EQ(poll_now(pair.client, NB_POLLOUT), 0);
  std::string part;
  receive(pair.server, part, 64 << 10);
  EXPECT_EQ(poll_wait(pair.client, NB_POLLOUT), NB_POLLOUT);
}

TEST_P(TcpTest, AnInterruptEndsAWaitingRead) {
  const Pair pair = connect_through(listen_at(loopback()));
  char byte;
  Caller reader(pid(), [&] { return call(NB_SYS_read, pair.server, &byte, 1); });
  reader.wait_until_asleep();
  reader.interrupt();
  EXPECT_THAT(reader.result(), FailsWith(NB_EINTR));
}

TEST_P(TcpTest, ReceiveTimeoutEndsARead) {
  const Pair pair = connect_through(listen_at(loopback()));
  netbsd::timeval time = {};
  time.tv_usec = 20'000;
  EXPECT_THAT(
      call(NB_SYS_setsockopt, pair.server, NB_SOL_SOCKET, NB_SO_RCVTIMEO, &time, sizeof time),
      Succeeds());
  std::string data;
  EXPECT_THAT(receive(pair.server, data, 1), FailsWith(NB_EWOULDBLOCK));
}

TEST_P(TcpTest, AcceptTellsThePeer) {
  const Listener listener = listen_at(loopback());
  const int client = open_socket(listener.address.storage.ss_family, NB_SOCK_STREAM);
  EXPECT_THAT(connect(client, listener.address), Succeeds());
  EXPECT_EQ(poll_wait(listener.fd, NB_POLLIN), NB_POLLIN);
  Address peer;
  EXPECT_THAT(accept(listener.fd, &peer), Succeeds());
  EXPECT_EQ(peer.port(), local_address(client).port());
  EXPECT_EQ(peer.length, listener.address.length);
}

TEST_P(TcpTest, ConnectionsBeyondTheBacklogAreReset) {
  const Listener listener = listen_at(loopback(), 1);
  int refused = 0;
  for (int i = 0; i < 8; ++i) {
    const int fd = open_socket(listener.address.storage.ss_family, NB_SOCK_STREAM);
    if (connect(fd, listener.address).error == NB_ECONNRESET) ++refused;
  }
  EXPECT_EQ(refused, 6);  // BSD queues half as many again as asked, and one
}

}  // namespace
}  // namespace farcall::testing
