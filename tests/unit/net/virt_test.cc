// virt0 on a tap device, against the host's own stack at the other end.
#include <sys/socket.h>

#include <utility>

#include "own_network.h"

namespace farcall::testing {
namespace {

constexpr char kTap[] = "farcall0";

class VirtTest : public OwnNetworkTest {
 protected:
  void SetUp() override {
    OwnNetworkTest::SetUp();
    if (!own_network || std::exchange(configured, true)) return;
    ASSERT_EQ(rump_pub_netconfig_ifcreate("virt0"), 0);
    ASSERT_EQ(rump_pub_netconfig_ifsetlinkstr("virt0", kTap), 0);
    ASSERT_EQ(rump_pub_netconfig_ipv4_ifaddr_cidr("virt0", "10.0.0.2", 24), 0);
    ASSERT_EQ(rump_pub_netconfig_ipv6_ifaddr("virt0", "fd00:1::2", 64), 0);
    ASSERT_EQ(rump_pub_netconfig_ipv4_gw("10.0.0.1"), 0);
    host_add_v4(kTap, "10.0.0.1", "255.255.255.0");
    host_up(kTap);
    host_up("lo");
  }
  static Outcome receive_wait(int fd, std::string& data) {
    poll_wait(fd, NB_POLLIN);
    return receive(fd, data, 2000);
  }

  static inline bool configured = false;
};

TEST_F(VirtTest, DatagramsCrossTheWireBothWays) {
  const int fd = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
  EXPECT_THAT(bind(fd, v4("10.0.0.2")), Succeeds());
  HostSocket host(AF_INET, SOCK_DGRAM);
  const std::uint16_t host_port = host.bind("10.0.0.1");
  host.send_to("ping", "10.0.0.2", local_address(fd).port());
  std::string data;
  EXPECT_THAT(receive_wait(fd, data), Returns(4));
  EXPECT_THAT(send_to(fd, "pong", v4("10.0.0.1", host_port)), Returns(4));
  EXPECT_EQ(host.receive(), "pong");
}

TEST_F(VirtTest, AnAliasAnswersForItself) {
  ASSERT_EQ(rump_pub_netconfig_ipv4_ifaddr_cidr("virt0", "10.0.0.3", 24), 0);
  const int fd = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
  EXPECT_THAT(bind(fd, v4("10.0.0.3")), Succeeds());
  HostSocket host(AF_INET, SOCK_DGRAM);
  const std::uint16_t host_port = host.bind("10.0.0.1");
  host.send_to("alias", "10.0.0.3", local_address(fd).port());
  std::string data;
  EXPECT_THAT(receive_wait(fd, data), Returns(5));
  EXPECT_THAT(send_to(fd, "answer", v4("10.0.0.1", host_port)), Returns(6));
  EXPECT_EQ(host.receive(), "answer");
}

TEST_F(VirtTest, TheGatewayTakesWhatIsFurtherAway) {
  host_add_v4("lo", "192.0.2.1", "255.255.255.255");
  HostSocket host(AF_INET, SOCK_DGRAM);
  const std::uint16_t host_port = host.bind("192.0.2.1");
  const int fd = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
  EXPECT_THAT(send_to(fd, "far", v4("192.0.2.1", host_port)), Returns(3));
  EXPECT_EQ(host.receive(), "far");
}

TEST_F(VirtTest, TcpReachesTheHost) {
  HostSocket host(AF_INET, SOCK_STREAM);
  const std::uint16_t host_port = host.bind("10.0.0.1");
  ASSERT_EQ(listen(host.fd(), 1), 0);
  const int fd = open_socket(NB_AF_INET, NB_SOCK_STREAM);
  ASSERT_THAT(connect(fd, v4("10.0.0.1", host_port)), Succeeds());
  const int accepted = ::accept(host.fd(), nullptr, nullptr);
  const std::string data(1 << 20, 'x');
  Caller sender(pid(), [&] { return call(NB_SYS_write, fd, data.data(), data.size()); });
  std::string got(data.size(), '\0');
  EXPECT_EQ(recv(accepted, got.data(), got.size(), MSG_WAITALL), static_cast<ssize_t>(data.size()));
  EXPECT_THAT(sender.result(), Returns(data.size()));
  EXPECT_EQ(got, data);
  ::shutdown(accepted, SHUT_RDWR);
}

TEST_F(VirtTest, Ipv6CrossesTheWire) {
  host_add_v6(kTap, "fd00:1::1", 64);
  const int fd = open_socket(NB_AF_INET6, NB_SOCK_DGRAM);
  EXPECT_THAT(bind(fd, v6("::")), Succeeds());
  // Both ends first ask whether somebody has their address already; until then nothing passes.
  HostSocket host(AF_INET6, SOCK_DGRAM);
  std::string data;
  for (int attempt = 0; attempt < 100 && data.empty(); ++attempt) {
    netbsd::pollfd entry = {};
    entry.fd = fd;
    entry.events = NB_POLLIN;
    host.try_send_to("six", "fd00:1::2", local_address(fd).port());
    if (call(NB_SYS_poll, &entry, 1, 100).value == 1) receive(fd, data, 100);
  }
  EXPECT_EQ(data, "six");
}

TEST_F(VirtTest, TheLinkHasAnAddressAndFlags) {
  const int fd = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
  netbsd::ifreq flags = {};
  std::strcpy(flags.ifr_name, "virt0");
  EXPECT_THAT(call(NB_SYS_ioctl, fd, NB_SIOCGIFFLAGS, &flags), Succeeds());
  const int wanted =
      NB_IFF_UP | NB_IFF_RUNNING | NB_IFF_BROADCAST | NB_IFF_SIMPLEX | NB_IFF_MULTICAST;
  EXPECT_EQ(static_cast<unsigned short>(flags.ifr_ifru.ifru_flags), wanted);
  EXPECT_THAT(call(NB_SYS_ioctl, fd, NB_SIOCGIFBRDADDR, &flags), Succeeds());
  EXPECT_EQ(std::memcmp(reinterpret_cast<char*>(&flags.ifr_ifru) + 4, "\x0a\0\0\xff", 4), 0);
}

TEST_F(VirtTest, BroadcastNeedsPermission) {
  const int fd = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
  EXPECT_THAT(send_to(fd, "x", v4("10.0.0.255", 9)), FailsWith(NB_EACCES));
  set_int(fd, NB_SOL_SOCKET, NB_SO_BROADCAST, 1);
  EXPECT_THAT(send_to(fd, "x", v4("10.0.0.255", 9)), Succeeds());
  EXPECT_THAT(send_to(fd, "x", v4("255.255.255.255", 9)), Succeeds());
}

TEST_F(VirtTest, InterfacesComeAndGo) {
  ASSERT_EQ(rump_pub_netconfig_ifcreate("virt7"), 0);
  EXPECT_EQ(rump_pub_netconfig_ifcreate("virt7"), NB_EEXIST);
  EXPECT_EQ(rump_pub_netconfig_ifcreate("eth0"), NB_EINVAL);
  ASSERT_EQ(rump_pub_netconfig_ipv4_ifaddr_cidr("virt7", "10.7.0.1", 24), 0);
  connect_through(listen_at(v4("10.7.0.1")));
  ASSERT_EQ(rump_pub_netconfig_ifdestroy("virt7"), 0);
  EXPECT_EQ(rump_pub_netconfig_ifdestroy("virt7"), NB_ENXIO);
}

TEST_F(VirtTest, NothingIsForwardedUnlessAsked) {
  const int name[] = {NB_CTL_NET, NB_PF_INET, NB_IPPROTO_IP, NB_IPCTL_FORWARDING};
  int value = -1;
  std::size_t size = sizeof value;
  EXPECT_THAT(call(NB_SYS___sysctl, name, 4, &value, &size, nullptr, 0), Succeeds());
  EXPECT_EQ(value, 0);
}

TEST_F(VirtTest, NeighboursAreListed) {
  const int fd = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
  HostSocket host(AF_INET, SOCK_DGRAM);
  const std::uint16_t host_port = host.bind("10.0.0.1");
  send_to(fd, "who", v4("10.0.0.1", host_port));
  EXPECT_EQ(host.receive(), "who");
  const int name[] = {NB_CTL_NET, NB_PF_ROUTE, 0, NB_AF_INET, NB_NET_RT_FLAGS, NB_RTF_LLDATA};
  char value[4096];
  std::size_t size = sizeof value;
  EXPECT_THAT(call(NB_SYS___sysctl, name, 6, value, &size, nullptr, 0), Succeeds());
  netbsd::rt_msghdr header;
  ASSERT_GE(size, sizeof header);
  std::memcpy(&header, value, sizeof header);
  EXPECT_EQ(std::memcmp(value + sizeof header + 4, "\x0a\0\0\1", 4), 0);
}

}  // namespace
}  // namespace farcall::testing
