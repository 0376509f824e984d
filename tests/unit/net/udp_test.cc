// UDP over lo0.
#include "net_testing.h"

namespace farcall::testing {
namespace {

class UdpTest : public NetTest {
 protected:
  struct Bound {
    int fd;
    Address address;
  };
  static Bound bound(const Address& address) {
    const int fd = open_socket(address.storage.ss_family, NB_SOCK_DGRAM);
    EXPECT_THAT(bind(fd, address), Succeeds());
    return {fd, address.with_port(local_address(fd).port())};
  }
};

TEST_F(UdpTest, KeepsBoundariesAndTellsTheSender) {
  for (const Address& loopback : {v4("127.0.0.1"), v6("::1")}) {
    const Bound a = bound(loopback), b = bound(loopback);
    EXPECT_THAT(send_to(a.fd, "first", b.address), Returns(5));
    EXPECT_THAT(send_to(a.fd, "", b.address), Returns(0));
    EXPECT_THAT(send_to(a.fd, "third", b.address), Returns(5));
    std::string data;
    Address from;
    EXPECT_THAT(receive(b.fd, data, 100, 0, &from), Returns(5));
    EXPECT_EQ(from.port(), a.address.port());
    EXPECT_THAT(receive(b.fd, data, 100), Returns(0));
    EXPECT_THAT(receive(b.fd, data, 100), Returns(5));
    EXPECT_EQ(data, "third");
  }
}

TEST_F(UdpTest, TheLargestDatagramPasses) {
  const Bound a = bound(v4("127.0.0.1")), b = bound(v4("127.0.0.1"));
  const std::string data(65507, 'x');
  EXPECT_THAT(send_to(a.fd, data, b.address), Returns(data.size()));
  std::string got;
  EXPECT_THAT(receive(b.fd, got, 70'000), Returns(data.size()));
  EXPECT_EQ(got, data);
  EXPECT_THAT(send_to(a.fd, data + "y", b.address), FailsWith(NB_EMSGSIZE));
}

TEST_F(UdpTest, RecvmsgTellsOfTruncation) {
  const Bound a = bound(v4("127.0.0.1")), b = bound(v4("127.0.0.1"));
  send_to(a.fd, "too long", b.address);
  char buffer[3];
  netbsd::iovec iovec = {};
  iovec.iov_base = buffer;
  iovec.iov_len = sizeof buffer;
  netbsd::msghdr message = {};
  message.msg_iov = &iovec;
  message.msg_iovlen = 1;
  EXPECT_THAT(call(NB_SYS_recvmsg, b.fd, &message, 0), Returns(3));
  EXPECT_NE(message.msg_flags & NB_MSG_TRUNC, 0);
}

TEST_F(UdpTest, AConnectedSocketHearsItsPeerOnly) {
  const Bound a = bound(v4("127.0.0.1")), b = bound(v4("127.0.0.1")), c = bound(v4("127.0.0.1"));
  EXPECT_THAT(connect(a.fd, b.address), Succeeds());
  send_to(c.fd, "stranger", a.address);
  EXPECT_THAT(send(a.fd, "hello"), Returns(5));
  std::string data;
  EXPECT_THAT(receive(b.fd, data, 100), Returns(5));
  EXPECT_THAT(receive(a.fd, data, 100, NB_MSG_DONTWAIT), FailsWith(NB_EWOULDBLOCK));
  EXPECT_THAT(send_to(a.fd, "x", c.address), FailsWith(NB_EISCONN));
}

TEST_F(UdpTest, AConnectedSocketLearnsThatNobodyListens) {
  for (const Address& loopback : {v4("127.0.0.1"), v6("::1")}) {
    const Bound gone = bound(loopback);
    call(NB_SYS_close, gone.fd);
    const int fd = open_socket(loopback.storage.ss_family, NB_SOCK_DGRAM);
    EXPECT_THAT(connect(fd, gone.address), Succeeds());
    EXPECT_THAT(send(fd, "anybody?"), Succeeds());
    std::string data;
    EXPECT_THAT(receive(fd, data, 100), FailsWith(NB_ECONNREFUSED));
  }
}

TEST_F(UdpTest, SendingWithoutADestinationFails) {
  EXPECT_THAT(send(open_socket(NB_AF_INET, NB_SOCK_DGRAM), "x"), FailsWith(NB_EDESTADDRREQ));
}

TEST_F(UdpTest, BroadcastNeedsPermission) {
  const int fd = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
  const Outcome outcome = send_to(fd, "x", v4("255.255.255.255", 9));
  EXPECT_NE(outcome.error, 0);
}

TEST_F(UdpTest, AFullQueueDropsInsteadOfGrowing) {
  const Bound a = bound(v4("127.0.0.1")), b = bound(v4("127.0.0.1"));
  EXPECT_THAT(set_int(b.fd, NB_SOL_SOCKET, NB_SO_RCVBUF, 4096), Succeeds());
  for (int i = 0; i < 100; ++i) send_to(a.fd, std::string(1000, 'x'), b.address);
  int received = 0;
  std::string data;
  while (receive(b.fd, data, 2000, NB_MSG_DONTWAIT).error == 0) ++received;
  EXPECT_EQ(received, 3);
}

TEST_F(UdpTest, DestinationAddressComesAsAControlMessage) {
  const Bound a = bound(v4("127.0.0.1")), b = bound(v4("0.0.0.0"));
  EXPECT_THAT(set_int(b.fd, NB_IPPROTO_IP, NB_IP_RECVDSTADDR, 1), Succeeds());
  send_to(a.fd, "x", v4("127.0.0.1", b.address.port()));
  char data[8], control[128];
  netbsd::iovec iovec = {};
  iovec.iov_base = data;
  iovec.iov_len = sizeof data;
  netbsd::msghdr message = {};
  message.msg_iov = &iovec;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  EXPECT_THAT(call(NB_SYS_recvmsg, b.fd, &message, 0), Returns(1));
  netbsd::cmsghdr header;
  ASSERT_GE(message.msg_controllen, sizeof header);
  std::memcpy(&header, control, sizeof header);
  EXPECT_EQ(header.cmsg_type, NB_IP_RECVDSTADDR);
  EXPECT_EQ(std::string_view(control + 16, 4), std::string_view("\x7f\0\0\1", 4));
}

TEST_F(UdpTest, ADualStackSocketHearsBothFamilies) {
  const int fd = open_socket(NB_AF_INET6, NB_SOCK_DGRAM);
  EXPECT_THAT(set_int(fd, NB_IPPROTO_IPV6, NB_IPV6_V6ONLY, 0), Succeeds());
  EXPECT_THAT(bind(fd, v6("::")), Succeeds());
  const std::uint16_t port = local_address(fd).port();
  send_to(open_socket(NB_AF_INET, NB_SOCK_DGRAM), "four", v4("127.0.0.1", port));
  send_to(open_socket(NB_AF_INET6, NB_SOCK_DGRAM), "six", v6("::1", port));
  std::string data;
  Address from;
  EXPECT_THAT(receive(fd, data, 10, 0, &from), Returns(4));
  EXPECT_EQ(std::memcmp(reinterpret_cast<char*>(&from.storage) + 8,
                        "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16),
            0);
  EXPECT_THAT(receive(fd, data, 10), Returns(3));
}

TEST_F(UdpTest, MulticastReachesEveryMember) {
  const Address group = v4("239.1.2.3");
  netbsd::ip_mreq request = {};
  std::memcpy(&request.imr_multiaddr, reinterpret_cast<const char*>(&group.storage) + 4, 4);
  const Address lo = v4("127.0.0.1");
  std::memcpy(&request.imr_interface, reinterpret_cast<const char*>(&lo.storage) + 4, 4);
  std::uint16_t port = 0;
  int members[2];
  for (int& fd : members) {
    fd = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
    set_int(fd, NB_SOL_SOCKET, NB_SO_REUSEPORT, 1);
    EXPECT_THAT(bind(fd, v4("0.0.0.0", port)), Succeeds());
    port = local_address(fd).port();
    EXPECT_THAT(
        call(NB_SYS_setsockopt, fd, NB_IPPROTO_IP, NB_IP_ADD_MEMBERSHIP, &request, sizeof request),
        Succeeds());
  }
  send_to(open_socket(NB_AF_INET, NB_SOCK_DGRAM), "all", group.with_port(port));
  for (int fd : members) {
    std::string data;
    EXPECT_THAT(receive(fd, data, 10, NB_MSG_DONTWAIT), Returns(3));
  }
}

}  // namespace
}  // namespace farcall::testing
