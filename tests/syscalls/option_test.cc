// Socket options, by the host's numbers.
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/time.h>

#include "support.h"

namespace farcall::conformance {
namespace {

int get_option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  EXPECT_THAT(getsockopt(fd, level, name, &value, &length), Succeeds());
  return value;
}

void set_option(int fd, int level, int name, int value) {
  EXPECT_THAT(setsockopt(fd, level, name, &value, sizeof value), Succeeds());
}

struct Switch {
  const char* name;
  int type;
  int level;
  int option;
};

class Switches : public ::testing::TestWithParam<Switch> {};
INSTANTIATE_TEST_SUITE_P(
    Options, Switches,
    ::testing::Values(Switch{"reuseaddr", SOCK_STREAM, SOL_SOCKET, SO_REUSEADDR},
                      Switch{"keepalive", SOCK_STREAM, SOL_SOCKET, SO_KEEPALIVE},
                      Switch{"broadcast", SOCK_DGRAM, SOL_SOCKET, SO_BROADCAST},
                      Switch{"nodelay", SOCK_STREAM, IPPROTO_TCP, TCP_NODELAY}),
    [](const auto& tested) { return tested.param.name; });

TEST_P(Switches, GoOnAndOff) {
  const Fd fd(socket(AF_INET, GetParam().type, 0));
  EXPECT_EQ(get_option(fd.get(), GetParam().level, GetParam().option), 0);
  set_option(fd.get(), GetParam().level, GetParam().option, 1);
  EXPECT_NE(get_option(fd.get(), GetParam().level, GetParam().option), 0);
  set_option(fd.get(), GetParam().level, GetParam().option, 0);
  EXPECT_EQ(get_option(fd.get(), GetParam().level, GetParam().option), 0);
}

TEST(Options, WhatASocketIs) {
  const Fd stream(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  EXPECT_EQ(get_option(stream.get(), SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  EXPECT_EQ(get_option(stream.get(), SOL_SOCKET, SO_DOMAIN), AF_INET);
  EXPECT_EQ(get_option(stream.get(), SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
  EXPECT_EQ(get_option(stream.get(), SOL_SOCKET, SO_ACCEPTCONN), 0);
  const Fd datagram(socket(AF_INET6, SOCK_DGRAM, 0));
  EXPECT_EQ(get_option(datagram.get(), SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
  EXPECT_EQ(get_option(datagram.get(), SOL_SOCKET, SO_DOMAIN), AF_INET6);
  EXPECT_EQ(get_option(bound_socket(AF_INET, SOCK_STREAM).get(), SOL_SOCKET, SO_ACCEPTCONN), 1);
}

TEST(Options, LingerIsAStructure) {
  const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
  const linger wanted{1, 7};
  ASSERT_THAT(setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &wanted, sizeof wanted), Succeeds());
  linger found{};
  socklen_t length = sizeof found;
  ASSERT_THAT(getsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &found, &length), Succeeds());
  EXPECT_EQ(found.l_onoff, 1);
  EXPECT_EQ(found.l_linger, 7);
}

TEST(Options, LingerOfZeroResets) {
  Pair pair = connected(AF_INET);
  const linger now{1, 0};
  ASSERT_THAT(setsockopt(pair.client.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now), Succeeds());
  pair.client.reset();
  wait_for(pair.server.get(), POLLIN);
  char byte = 0;
  EXPECT_THAT(read(pair.server.get(), &byte, 1), FailsWith(ECONNRESET));
}

TEST(Options, ReceiveTimeout) {
  const Pair pair = connected(AF_INET);
  const timeval wanted{0, 50'000};
  ASSERT_THAT(setsockopt(pair.client.get(), SOL_SOCKET, SO_RCVTIMEO, &wanted, sizeof wanted),
              Succeeds());
  timeval found{};
  socklen_t length = sizeof found;
  ASSERT_THAT(getsockopt(pair.client.get(), SOL_SOCKET, SO_RCVTIMEO, &found, &length), Succeeds());
  EXPECT_EQ(length, sizeof found);
  EXPECT_GE(found.tv_usec, 50'000);
  takes_at_least(std::chrono::milliseconds(45), [&] {
    char byte = 0;
    EXPECT_THAT(recv(pair.client.get(), &byte, 1, 0), FailsWith(EAGAIN));
  });
}

TEST(Options, PendingErrorIsGivenOnce) {
  const Address nobody = local_address(bound_socket(AF_INET, SOCK_STREAM).get());
  const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  if (connect(fd.get(), nobody.get(), nobody.length) == -1 && errno == EINPROGRESS) {
    wait_for(fd.get(), POLLOUT);
    EXPECT_EQ(get_option(fd.get(), SOL_SOCKET, SO_ERROR), ECONNREFUSED);
    EXPECT_EQ(get_option(fd.get(), SOL_SOCKET, SO_ERROR), 0);
  }
}

TEST(Options, TtlAndHops) {
  const Fd v4(socket(AF_INET, SOCK_DGRAM, 0));
  set_option(v4.get(), IPPROTO_IP, IP_TTL, 9);
  EXPECT_EQ(get_option(v4.get(), IPPROTO_IP, IP_TTL), 9);
  set_option(v4.get(), IPPROTO_IP, IP_TOS, 0x10);
  EXPECT_EQ(get_option(v4.get(), IPPROTO_IP, IP_TOS), 0x10);
  const Fd v6(socket(AF_INET6, SOCK_DGRAM, 0));
  set_option(v6.get(), IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9);
  EXPECT_EQ(get_option(v6.get(), IPPROTO_IPV6, IPV6_UNICAST_HOPS), 9);
}

TEST(Options, DualStackSocketTakesBothFamilies) {
  const Fd listener(socket(AF_INET6, SOCK_STREAM, 0));
  set_option(listener.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  Address any = loopback(AF_INET6);
  reinterpret_cast<sockaddr_in6*>(&any.storage)->sin6_addr = in6addr_any;
  ASSERT_THAT(bind(listener.get(), any.get(), any.length), Succeeds());
  ASSERT_THAT(listen(listener.get(), 4), Succeeds());
  const std::uint16_t port = local_address(listener.get()).port();
  for (const int family : {AF_INET, AF_INET6}) {
    const Fd client(socket(family, SOCK_STREAM, 0));
    const Address to = loopback(family, port);
    EXPECT_THAT(connect(client.get(), to.get(), to.length), Succeeds());
    const Fd server(accept(listener.get(), nullptr, nullptr));
    EXPECT_TRUE(server.valid());
  }
}

TEST(Options, V6OnlySocketDoesNot) {
  const Fd listener(socket(AF_INET6, SOCK_STREAM, 0));
  set_option(listener.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  Address any = loopback(AF_INET6);
  reinterpret_cast<sockaddr_in6*>(&any.storage)->sin6_addr = in6addr_any;
  ASSERT_THAT(bind(listener.get(), any.get(), any.length), Succeeds());
  ASSERT_THAT(listen(listener.get(), 4), Succeeds());
  const Fd client(socket(AF_INET, SOCK_STREAM, 0));
  const Address to = loopback(AF_INET, local_address(listener.get()).port());
  EXPECT_THAT(connect(client.get(), to.get(), to.length), FailsWith(ECONNREFUSED));
}

tcp_info information(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  EXPECT_THAT(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length), Succeeds());
  EXPECT_EQ(length, sizeof info);
  return info;
}

TEST(Options, TcpInfoOfAConnection) {
  const Pair pair = connected(AF_INET);
  send_all(pair.client.get(), std::string(10'000, 'x'));
  EXPECT_THAT(shutdown(pair.client.get(), SHUT_WR), Succeeds());
  EXPECT_EQ(read_to_end(pair.server.get()).size(), 10'000U);
  const tcp_info server = information(pair.server.get());
  EXPECT_EQ(server.tcpi_state, TCP_CLOSE_WAIT);
  const tcp_info client = information(pair.client.get());
  EXPECT_GT(client.tcpi_snd_mss, 0U);
  EXPECT_GT(client.tcpi_rcv_mss, 0U);
  EXPECT_GE(client.tcpi_snd_cwnd, 1U);
  EXPECT_LT(client.tcpi_snd_cwnd, 10'000U);  // in segments
  EXPECT_GT(client.tcpi_rcv_space, 0U);
  EXPECT_GT(client.tcpi_rto, 0U);
  EXPECT_LT(client.tcpi_rtt, 10'000'000U);
  EXPECT_EQ(client.tcpi_total_retrans, 0U);
}

TEST(Options, TcpInfoTellsTheState) {
  EXPECT_EQ(information(Fd(socket(AF_INET, SOCK_STREAM, 0)).get()).tcpi_state, TCP_CLOSE);
  EXPECT_EQ(information(bound_socket(AF_INET, SOCK_STREAM).get()).tcpi_state, TCP_LISTEN);
  EXPECT_EQ(information(connected(AF_INET6).client.get()).tcpi_state, TCP_ESTABLISHED);
  tcp_info info{};
  const Fd datagram(socket(AF_INET, SOCK_DGRAM, 0));
  socklen_t length = sizeof info;
  EXPECT_EQ(getsockopt(datagram.get(), IPPROTO_TCP, TCP_INFO, &info, &length), -1);
}

// dig gives up when it cannot set it.
TEST(Options, UserTimeoutCanBeSet) {
  const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(get_option(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
  set_option(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, 120'000);
}

TEST(Options, UnknownOnesAreRefused) {
  const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
  int value = 1;
  socklen_t length = sizeof value;
  EXPECT_THAT(setsockopt(fd.get(), SOL_SOCKET, 9999, &value, sizeof value), FailsWith(ENOPROTOOPT));
  EXPECT_THAT(getsockopt(fd.get(), IPPROTO_TCP, 9999, &value, &length), FailsWith(ENOPROTOOPT));
  EXPECT_THAT(setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &value, 1), FailsWith(EINVAL));
}

}  // namespace
}  // namespace farcall::conformance
