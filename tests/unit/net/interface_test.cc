// The interface ioctls on lo0.
#include "net_testing.h"

namespace farcall::testing {
namespace {

class InterfaceTest : public NetTest {
 protected:
  void SetUp() override {
    NetTest::SetUp();
    socket_ = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
  }
  static netbsd::ifreq request(const char* name) {
    netbsd::ifreq result = {};
    std::strncpy(result.ifr_name, name, sizeof result.ifr_name - 1);
    return result;
  }
  static void set_sockaddr(void* field, const Address& address) {
    std::memcpy(field, &address.storage, address.length);
  }
  static std::string address_of(const netbsd::ifreq& entry) {
    return {reinterpret_cast<const char*>(&entry.ifr_ifru) + 4, 4};
  }
  std::vector<netbsd::ifreq> list() {
    netbsd::ifconf conf = {};
    EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCGIFCONF, &conf), Succeeds());
    std::vector<netbsd::ifreq> entries(static_cast<std::size_t>(conf.ifc_len) /
                                       sizeof(netbsd::ifreq));
    conf.ifc_ifcu.ifcu_buf = entries.data();
    EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCGIFCONF, &conf), Succeeds());
    EXPECT_EQ(static_cast<std::size_t>(conf.ifc_len), entries.size() * sizeof(netbsd::ifreq));
    return entries;
  }
  int socket_ = -1;
};

TEST_F(InterfaceTest, Lo0IsUpWithItsAddresses) {
  netbsd::ifreq flags = request("lo0");
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCGIFFLAGS, &flags), Succeeds());
  const int wanted = NB_IFF_UP | NB_IFF_RUNNING | NB_IFF_LOOPBACK | NB_IFF_MULTICAST;
  EXPECT_EQ(static_cast<unsigned short>(flags.ifr_ifru.ifru_flags), wanted);
  netbsd::ifreq address = request("lo0");
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCGIFADDR, &address), Succeeds());
  EXPECT_EQ(address_of(address), std::string("\x7f\0\0\1", 4));
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCGIFNETMASK, &address), Succeeds());
  EXPECT_EQ(address_of(address), std::string("\xff\0\0\0", 4));
}

TEST_F(InterfaceTest, ConfListsLinkAndBothFamilies) {
  std::vector<int> families;
  for (const netbsd::ifreq& entry : list()) {
    if (std::string_view(entry.ifr_name) == "lo0")
      families.push_back(entry.ifr_ifru.ifru_addr.sa_family);
  }
  EXPECT_THAT(families, ::testing::IsSupersetOf({NB_AF_LINK, NB_AF_INET, NB_AF_INET6}));
  EXPECT_EQ(families.front(), NB_AF_LINK);
}

TEST_F(InterfaceTest, AliasesComeAndGo) {
  netbsd::in_aliasreq alias = {};
  std::strcpy(alias.ifra_name, "lo0");
  set_sockaddr(&alias.ifra_addr, v4("10.9.8.7"));
  set_sockaddr(&alias.ifra_mask, v4("255.255.255.0"));
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCAIFADDR, &alias), Succeeds());
  const Listener listener = listen_at(v4("10.9.8.7"));
  connect_through(listener);
  netbsd::ifreq gone = request("lo0");
  set_sockaddr(&gone.ifr_ifru, v4("10.9.8.7"));
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCDIFADDR, &gone), Succeeds());
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCDIFADDR, &gone), FailsWith(NB_EADDRNOTAVAIL));
  EXPECT_THAT(bind(open_socket(NB_AF_INET, NB_SOCK_DGRAM), v4("10.9.8.7")),
              FailsWith(NB_EADDRNOTAVAIL));
}

TEST_F(InterfaceTest, Ipv6AddressesComeAndGo) {
  const int six = open_socket(NB_AF_INET6, NB_SOCK_DGRAM);
  netbsd::in6_aliasreq alias = {};
  std::strcpy(alias.ifra_name, "lo0");
  set_sockaddr(&alias.ifra_addr, v6("fd00::1"));
  set_sockaddr(&alias.ifra_prefixmask, v6("ffff:ffff:ffff:ffff::"));
  EXPECT_THAT(call(NB_SYS_ioctl, six, NB_SIOCAIFADDR_IN6, &alias), Succeeds());
  connect_through(listen_at(v6("fd00::1")));
  netbsd::in6_ifreq which = {};
  std::strcpy(which.ifr_name, "lo0");
  set_sockaddr(&which.ifr_ifru, v6("fd00::1"));
  EXPECT_THAT(call(NB_SYS_ioctl, six, NB_SIOCGIFNETMASK_IN6, &which), Succeeds());
  const Address mask = v6("ffff:ffff:ffff:ffff::");
  EXPECT_EQ(std::memcmp(&which.ifr_ifru, &mask.storage, mask.length), 0);
  set_sockaddr(&which.ifr_ifru, v6("fd00::1"));
  EXPECT_THAT(call(NB_SYS_ioctl, six, NB_SIOCDIFADDR_IN6, &which), Succeeds());
  EXPECT_THAT(call(NB_SYS_ioctl, six, NB_SIOCDIFADDR_IN6, &which), FailsWith(NB_EADDRNOTAVAIL));
}

TEST_F(InterfaceTest, MtuCanBeSetWithinReason) {
  netbsd::ifreq mtu = request("lo0");
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCGIFMTU, &mtu), Succeeds());
  EXPECT_EQ(mtu.ifr_ifru.ifru_mtu, 33648);
  mtu.ifr_ifru.ifru_mtu = 1400;
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCSIFMTU, &mtu), Succeeds());
  connect_through(listen_at(v4("127.0.0.1")));
  mtu.ifr_ifru.ifru_mtu = 70'000;
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCSIFMTU, &mtu), FailsWith(NB_EINVAL));
}

TEST_F(InterfaceTest, DownMeansUnreachable) {
  netbsd::ifreq flags = request("lo0");
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCGIFFLAGS, &flags), Succeeds());
  flags.ifr_ifru.ifru_flags = static_cast<short>(flags.ifr_ifru.ifru_flags & ~NB_IFF_UP);
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCSIFFLAGS, &flags), Succeeds());
  EXPECT_THAT(connect(open_socket(NB_AF_INET, NB_SOCK_STREAM), v4("127.0.0.1", 9)),
              FailsWith(NB_EHOSTUNREACH));
  flags.ifr_ifru.ifru_flags = static_cast<short>(flags.ifr_ifru.ifru_flags | NB_IFF_UP);
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCSIFFLAGS, &flags), Succeeds());
}

TEST_F(InterfaceTest, CountersCount) {
  netbsd::ifdatareq before = {}, after = {};
  std::strcpy(before.ifdr_name, "lo0");
  after = before;
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCGIFDATA, &before), Succeeds());
  send_to(socket_, "x", v4("127.0.0.1", 9));
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCGIFDATA, &after), Succeeds());
  EXPECT_GT(after.ifdr_data.ifi_opackets, before.ifdr_data.ifi_opackets);
  EXPECT_GT(after.ifdr_data.ifi_ibytes, before.ifdr_data.ifi_ibytes);
}

TEST_F(InterfaceTest, WhatIsNotThereIsRefused) {
  netbsd::ifreq flags = request("nix0");
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCGIFFLAGS, &flags), FailsWith(NB_ENXIO));
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, 0x20001234, &flags), FailsWith(NB_ENOTTY));
}

TEST_F(InterfaceTest, OnlyTheSuperuserConfigures) {
  EXPECT_THAT(call(NB_SYS_setuid, 1000), Succeeds());
  netbsd::ifreq flags = request("lo0");
  EXPECT_THAT(call(NB_SYS_ioctl, socket_, NB_SIOCSIFFLAGS, &flags), FailsWith(NB_EPERM));
}

}  // namespace
}  // namespace farcall::testing
