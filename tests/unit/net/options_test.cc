// Socket options: what is set can be read, and what cannot be set says why.
#include "net_testing.h"

namespace farcall::testing {
namespace {

class OptionsTest : public NetTest {};

struct Case {
  int domain, type, level, name, value;
};

constexpr Case kCases[] = {
    {NB_AF_INET, NB_SOCK_STREAM, NB_SOL_SOCKET, NB_SO_REUSEADDR, 1},
    {NB_AF_INET, NB_SOCK_STREAM, NB_SOL_SOCKET, NB_SO_REUSEPORT, 1},
    {NB_AF_INET, NB_SOCK_STREAM, NB_SOL_SOCKET, NB_SO_KEEPALIVE, 1},
    {NB_AF_INET, NB_SOCK_DGRAM, NB_SOL_SOCKET, NB_SO_BROADCAST, 1},
    {NB_AF_INET, NB_SOCK_STREAM, NB_SOL_SOCKET, NB_SO_OOBINLINE, 1},
    {NB_AF_INET, NB_SOCK_STREAM, NB_SOL_SOCKET, NB_SO_SNDBUF, 20'000},
    {NB_AF_INET, NB_SOCK_DGRAM, NB_SOL_SOCKET, NB_SO_RCVBUF, 20'000},
    {NB_AF_INET, NB_SOCK_STREAM, NB_SOL_SOCKET, NB_SO_RCVLOWAT, 10},
    {NB_AF_INET, NB_SOCK_STREAM, NB_IPPROTO_TCP, NB_TCP_NODELAY, 1},
    {NB_AF_INET, NB_SOCK_STREAM, NB_IPPROTO_TCP, NB_TCP_KEEPIDLE, 33},
    {NB_AF_INET, NB_SOCK_STREAM, NB_IPPROTO_TCP, NB_TCP_KEEPINTVL, 34},
    {NB_AF_INET, NB_SOCK_STREAM, NB_IPPROTO_TCP, NB_TCP_KEEPCNT, 5},
    {NB_AF_INET, NB_SOCK_DGRAM, NB_IPPROTO_IP, NB_IP_TOS, 16},
    {NB_AF_INET, NB_SOCK_DGRAM, NB_IPPROTO_IP, NB_IP_TTL, 3},
    {NB_AF_INET, NB_SOCK_DGRAM, NB_IPPROTO_IP, NB_IP_RECVTTL, 1},
    {NB_AF_INET6, NB_SOCK_STREAM, NB_IPPROTO_IPV6, NB_IPV6_V6ONLY, 0},
    {NB_AF_INET6, NB_SOCK_DGRAM, NB_IPPROTO_IPV6, NB_IPV6_UNICAST_HOPS, 7},
    {NB_AF_INET6, NB_SOCK_DGRAM, NB_IPPROTO_IPV6, NB_IPV6_MULTICAST_HOPS, 7},
    {NB_AF_INET6, NB_SOCK_DGRAM, NB_IPPROTO_IPV6, NB_IPV6_MULTICAST_LOOP, 0},
    {NB_AF_INET6, NB_SOCK_DGRAM, NB_IPPROTO_IPV6, NB_IPV6_TCLASS, 8},
    {NB_AF_INET6, NB_SOCK_DGRAM, NB_IPPROTO_IPV6, NB_IPV6_RECVPKTINFO, 1},
};

TEST_F(OptionsTest, WhatIsSetCanBeRead) {
  for (const Case& each : kCases) {
    const int fd = open_socket(each.domain, each.type);
    EXPECT_THAT(set_int(fd, each.level, each.name, each.value), Succeeds()) << each.name;
    EXPECT_EQ(get_int(fd, each.level, each.name), each.value) << each.level << " " << each.name;
    call(NB_SYS_close, fd);
  }
}

TEST_F(OptionsTest, V6onlyIsTheDefault) {
  EXPECT_EQ(get_int(open_socket(NB_AF_INET6, NB_SOCK_STREAM), NB_IPPROTO_IPV6, NB_IPV6_V6ONLY), 1);
}

TEST_F(OptionsTest, TypeAndAcceptconnTellTheTruth) {
  const Listener listener = listen_at(v4("127.0.0.1"));
  EXPECT_EQ(get_int(listener.fd, NB_SOL_SOCKET, NB_SO_TYPE), NB_SOCK_STREAM);
  EXPECT_EQ(get_int(listener.fd, NB_SOL_SOCKET, NB_SO_ACCEPTCONN), 1);
}

TEST_F(OptionsTest, UnknownOnesAreRefused) {
  const int fd = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
  EXPECT_THAT(set_int(fd, NB_IPPROTO_TCP, NB_TCP_NODELAY, 1), FailsWith(NB_ENOPROTOOPT));
  EXPECT_THAT(set_int(fd, NB_SOL_SOCKET, 0x7777, 1), FailsWith(NB_ENOPROTOOPT));
  EXPECT_THAT(set_int(fd, NB_SOL_SOCKET, NB_SO_TYPE, 1), FailsWith(NB_ENOPROTOOPT));
}

TEST_F(OptionsTest, WrongSizesAndRangesAreRefused) {
  const int fd = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
  short narrow = 1;
  EXPECT_THAT(call(NB_SYS_setsockopt, fd, NB_SOL_SOCKET, NB_SO_REUSEADDR, &narrow, sizeof narrow),
              FailsWith(NB_EINVAL));
  EXPECT_THAT(set_int(fd, NB_IPPROTO_IP, NB_IP_TTL, 256), FailsWith(NB_EINVAL));
  EXPECT_THAT(set_int(fd, NB_SOL_SOCKET, NB_SO_RCVBUF, 1 << 30), FailsWith(NB_ENOBUFS));
}

TEST_F(OptionsTest, TcpInfoMeasuresTheWayThereAndBack) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  netbsd::tcp_info info = {};
  unsigned size = sizeof info;
  EXPECT_THAT(send(pair.client, "data"), Returns(4));
  EXPECT_THAT(call(NB_SYS_getsockopt, pair.client, NB_IPPROTO_TCP, NB_TCP_INFO, &info, &size),
              Succeeds());
  EXPECT_EQ(size, sizeof info);
  EXPECT_EQ(info.tcpi_state, NB_TCPS_ESTABLISHED);
  EXPECT_GT(info.tcpi_rtt, 0U);
  EXPECT_GT(info.tcpi_snd_cwnd, 0U);
  EXPECT_THAT(set_int(pair.client, NB_IPPROTO_TCP, NB_TCP_INFO, 1), FailsWith(NB_ENOPROTOOPT));
}

TEST_F(OptionsTest, ThereIsOneCongestionControl) {
  const int fd = open_socket(NB_AF_INET, NB_SOCK_STREAM);
  const auto set = [&](const char* name, unsigned size) {
    return call(NB_SYS_setsockopt, fd, NB_IPPROTO_TCP, NB_TCP_CONGCTL, name, size);
  };
  EXPECT_THAT(set("reno", 4), Succeeds());
  EXPECT_THAT(set("reno", 5), Succeeds());
  EXPECT_THAT(set("cubic", 5), FailsWith(NB_EINVAL));
  char name[16] = {};
  unsigned size = sizeof name;
  EXPECT_THAT(call(NB_SYS_getsockopt, fd, NB_IPPROTO_TCP, NB_TCP_CONGCTL, name, &size), Succeeds());
  EXPECT_STREQ(name, "reno");
}

TEST_F(OptionsTest, LingerAndTimeoutsKeepTheirValues) {
  const int fd = open_socket(NB_AF_INET, NB_SOCK_STREAM);
  netbsd::linger linger = {1, 7};
  call(NB_SYS_setsockopt, fd, NB_SOL_SOCKET, NB_SO_LINGER, &linger, sizeof linger);
  linger = {};
  unsigned size = sizeof linger;
  EXPECT_THAT(call(NB_SYS_getsockopt, fd, NB_SOL_SOCKET, NB_SO_LINGER, &linger, &size), Succeeds());
  EXPECT_EQ(linger.l_linger, 7);
  netbsd::timeval time = {};
  time.tv_sec = 3;
  time.tv_usec = 250'000;
  call(NB_SYS_setsockopt, fd, NB_SOL_SOCKET, NB_SO_SNDTIMEO, &time, sizeof time);
  time = {};
  size = sizeof time;
  EXPECT_THAT(call(NB_SYS_getsockopt, fd, NB_SOL_SOCKET, NB_SO_SNDTIMEO, &time, &size), Succeeds());
  EXPECT_EQ(time.tv_sec, 3);
  EXPECT_EQ(time.tv_usec, 250'000);
}

}  // namespace
}  // namespace farcall::testing
