// Who may bind what.
#include "net_testing.h"

namespace farcall::testing {
namespace {

class PortTest : public NetTest {};

TEST_F(PortTest, APortInUseIsRefused) {
  const Listener listener = listen_at(v4("127.0.0.1"));
  const int fd = open_socket(NB_AF_INET, NB_SOCK_STREAM);
  EXPECT_THAT(bind(fd, listener.address), FailsWith(NB_EADDRINUSE));
  set_int(fd, NB_SOL_SOCKET, NB_SO_REUSEADDR, 1);
  EXPECT_THAT(bind(fd, listener.address), FailsWith(NB_EADDRINUSE));
}

TEST_F(PortTest, ReuseaddrAllowsAListenersPortAgainBesideItsConnections) {
  const Listener listener = listen_at(v4("127.0.0.1"));
  const Pair pair = connect_through(listener);
  call(NB_SYS_close, listener.fd);
  const int plain = open_socket(NB_AF_INET, NB_SOCK_STREAM);
  EXPECT_THAT(bind(plain, listener.address), FailsWith(NB_EADDRINUSE));
  const int reusing = open_socket(NB_AF_INET, NB_SOCK_STREAM);
  set_int(reusing, NB_SOL_SOCKET, NB_SO_REUSEADDR, 1);
  EXPECT_THAT(bind(reusing, listener.address), Succeeds());
  EXPECT_THAT(call(NB_SYS_listen, reusing, 1), Succeeds());
  EXPECT_THAT(send(pair.client, "still"), Succeeds());
}

TEST_F(PortTest, TheFamiliesAreApartUnlessASocketWantsBoth) {
  const Listener six = listen_at(v6("::"));
  const int four = open_socket(NB_AF_INET, NB_SOCK_STREAM);
  EXPECT_THAT(bind(four, v4("0.0.0.0", six.address.port())), Succeeds());
  const int both = open_socket(NB_AF_INET6, NB_SOCK_STREAM);
  set_int(both, NB_IPPROTO_IPV6, NB_IPV6_V6ONLY, 0);
  EXPECT_THAT(bind(both, v6("::", six.address.port())), FailsWith(NB_EADDRINUSE));
}

TEST_F(PortTest, ADualStackListenerTakesIpv4) {
  const int fd = open_socket(NB_AF_INET6, NB_SOCK_STREAM);
  set_int(fd, NB_IPPROTO_IPV6, NB_IPV6_V6ONLY, 0);
  EXPECT_THAT(bind(fd, v6("::")), Succeeds());
  EXPECT_THAT(call(NB_SYS_listen, fd, 5), Succeeds());
  const int client = open_socket(NB_AF_INET, NB_SOCK_STREAM);
  EXPECT_THAT(connect(client, v4("127.0.0.1", local_address(fd).port())), Succeeds());
  Address peer;
  EXPECT_THAT(accept(fd, &peer), Succeeds());
  EXPECT_EQ(peer.storage.ss_family, NB_AF_INET6);
}

TEST_F(PortTest, AV6onlyListenerDoesNotTakeIpv4) {
  const Listener listener = listen_at(v6("::"));
  const int client = open_socket(NB_AF_INET, NB_SOCK_STREAM);
  EXPECT_THAT(connect(client, v4("127.0.0.1", listener.address.port())),
              FailsWith(NB_ECONNREFUSED));
}

TEST_F(PortTest, ForeignAddressesCannotBeBound) {
  const int fd = open_socket(NB_AF_INET, NB_SOCK_STREAM);
  EXPECT_THAT(bind(fd, v4("192.0.2.1")), FailsWith(NB_EADDRNOTAVAIL));
  EXPECT_THAT(bind(fd, v6("::1")), FailsWith(NB_EAFNOSUPPORT));
}

TEST_F(PortTest, LowPortsAreTheSuperusers) {
  EXPECT_THAT(call(NB_SYS_setuid, 1000), Succeeds());
  const int fd = open_socket(NB_AF_INET, NB_SOCK_STREAM);
  EXPECT_THAT(bind(fd, v4("127.0.0.1", 80)), FailsWith(NB_EACCES));
}

TEST_F(PortTest, ASocketIsBoundOnce) {
  const int fd = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
  EXPECT_THAT(bind(fd, v4("127.0.0.1")), Succeeds());
  EXPECT_THAT(bind(fd, v4("127.0.0.1")), FailsWith(NB_EINVAL));
}

TEST_F(PortTest, UdpReuseportShares) {
  const int first = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
  set_int(first, NB_SOL_SOCKET, NB_SO_REUSEPORT, 1);
  EXPECT_THAT(bind(first, v4("127.0.0.1")), Succeeds());
  const int second = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
  EXPECT_THAT(bind(second, local_address(first)), FailsWith(NB_EADDRINUSE));
  set_int(second, NB_SOL_SOCKET, NB_SO_REUSEPORT, 1);
  EXPECT_THAT(bind(second, local_address(first)), Succeeds());
}

}  // namespace
}  // namespace farcall::testing
