#include "netbsd_messages.h"

#include "personality/ioctl_interface.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "client_double.h"

namespace farcall::personality {
namespace {

ifreq request_for(const char* name) {
  ifreq request = {};
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  return request;
}

std::string address_in(const sockaddr& address) {
  char buffer[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, buffer,
                   sizeof buffer);
}

class InterfaceQuestions : public ::testing::Test {
 protected:
  Sysret ask(unsigned long command, ifreq& request) {
    Named named;
    const Sysret found = find_named(list_, request, named);
    return found < 0 ? found : answer_interface_request(command, named, request);
  }
  InterfaceList list_ = parse_interfaces(testing::usual_interfaces());
};

TEST_F(InterfaceQuestions, FlagsAreLinuxs) {
  ifreq request = request_for("virt0");
  ASSERT_EQ(ask(SIOCGIFFLAGS, request), 0);
  EXPECT_EQ(request.ifr_flags, IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_MULTICAST);
}

TEST_F(InterfaceQuestions, AddressesFollowTheLabel) {
  ifreq request = request_for("virt0:0");
  ASSERT_EQ(ask(SIOCGIFADDR, request), 0);
  EXPECT_EQ(address_in(request.ifr_addr), "10.1.2.9");
  EXPECT_EQ(request.ifr_addr.sa_family, AF_INET);
  request = request_for("virt0:1");
  EXPECT_EQ(ask(SIOCGIFADDR, request), -EADDRNOTAVAIL);
  request = request_for("virt1");
  EXPECT_EQ(ask(SIOCGIFADDR, request), -ENODEV);
}

TEST_F(InterfaceQuestions, LoopbackHasItselfAsPeerAndNoBroadcast) {
  ifreq request = request_for("lo0");
  ASSERT_EQ(ask(SIOCGIFDSTADDR, request), 0);
  EXPECT_EQ(address_in(request.ifr_dstaddr), "127.0.0.1");
  ASSERT_EQ(ask(SIOCGIFBRDADDR, request), 0);
  EXPECT_EQ(address_in(request.ifr_broadaddr), "0.0.0.0");
  ASSERT_EQ(ask(SIOCGIFHWADDR, request), 0);
  EXPECT_EQ(request.ifr_hwaddr.sa_family, ARPHRD_LOOPBACK);
}

TEST_F(InterfaceQuestions, NamesHaveIndicesAndBack) {
  ifreq request = request_for("virt0");
  ASSERT_EQ(ask(SIOCGIFINDEX, request), 0);
  EXPECT_EQ(request.ifr_ifindex, 2);
  ifreq by_index = {};
  by_index.ifr_ifindex = 1;
  ASSERT_EQ(answer_name(list_, by_index), 0);
  EXPECT_STREQ(by_index.ifr_name, "lo0");
  by_index.ifr_ifindex = 77;
  EXPECT_EQ(answer_name(list_, by_index), -ENODEV);
}

TEST_F(InterfaceQuestions, UnterminatedNamesAreNoInterface) {
  ifreq request;
  std::memset(&request, 'x', sizeof request);
  EXPECT_EQ(ask(SIOCGIFFLAGS, request), -ENODEV);
}

TEST_F(InterfaceQuestions, ConfigurationCountsThenLists) {
  ifconf count = {};
  ASSERT_EQ(answer_configuration(list_, count), 0);
  EXPECT_EQ(count.ifc_len, static_cast<int>(3 * sizeof(ifreq)));
  ifreq entries[3] = {};
  ifconf all = {};
  all.ifc_len = sizeof entries;
  all.ifc_req = entries;
  ASSERT_EQ(answer_configuration(list_, all), 0);
  EXPECT_STREQ(entries[0].ifr_name, "lo0");
  EXPECT_STREQ(entries[1].ifr_name, "virt0");
  EXPECT_STREQ(entries[2].ifr_name, "virt0:0");
  EXPECT_EQ(address_in(entries[2].ifr_addr), "10.1.2.9");
}

TEST_F(InterfaceQuestions, ConfigurationStopsBeforeThePartThatDoesNotFit) {
  ifreq entries[2] = {};
  ifconf some = {};
  some.ifc_len = sizeof entries - 1;
  some.ifc_req = entries;
  ASSERT_EQ(answer_configuration(list_, some), 0);
  EXPECT_EQ(some.ifc_len, static_cast<int>(sizeof(ifreq)));
  some.ifc_len = -1;
  EXPECT_EQ(answer_configuration(list_, some), 0);
  EXPECT_EQ(some.ifc_len, 0);
}

/// A kernel that has the usual interfaces and keeps what is asked of it by ioctl.
class InterfaceChanges : public ::testing::Test {
 protected:
  int answer(const testing::SeenCall& call, long*) {
    if (call.number == NB_SYS___sysctl) return sysctl(call);
    if (call.number != NB_SYS_ioctl) return NB_ENOSYS;
    commands_.push_back(call.slots[1]);
    const auto size = call.slots[1] >> 16 & 0x1fff;
    const auto* data = reinterpret_cast<const std::byte*>(call.slots[2]);
    arguments_.emplace_back(data, data + size);
    return 0;
  }

  /// The interfaces, and the labels that were given: a node that has to be created first.
  int sysctl(const testing::SeenCall& call) {
    const auto* name = reinterpret_cast<const int*>(call.slots[0]);
    if (name[0] != NB_CTL_VENDOR) return list(call);
    if (name[1] == NB_CTL_CREATE) keeps_labels_ = true;
    if (!keeps_labels_) return NB_ENOENT;
    if (name[1] == NB_CTL_CREATE) return 0;
    if (call.slots[4] != 0) {
      labels_.assign(reinterpret_cast<const char*>(call.slots[4]), call.slots[5]);
      return 0;
    }
    std::memcpy(reinterpret_cast<void*>(call.slots[2]), labels_.data(), labels_.size());
    *reinterpret_cast<std::uint64_t*>(call.slots[3]) = labels_.size();
    return 0;
  }

  static int list(const testing::SeenCall& call) {
    const testing::Buffer bytes = testing::usual_interfaces();
    auto* size = reinterpret_cast<std::uint64_t*>(call.slots[3]);
    std::memcpy(reinterpret_cast<void*>(call.slots[2]), bytes.data(), bytes.size());
    *size = bytes.size();
    return 0;
  }

  Sysret set(unsigned long command, ifreq& request) {
    return interface_ioctl(3, AF_INET, command, &request);
  }

  template <class T>
  T argument(std::size_t index) {
    T value = {};
    std::memcpy(&value, arguments_.at(index).data(),
                std::min(sizeof value, arguments_.at(index).size()));
    return value;
  }

  std::vector<std::uint64_t> commands_;
  std::vector<testing::Buffer> arguments_;
  bool keeps_labels_ = false;
  std::string labels_;
  testing::ClientDouble client_{
      [this](const testing::SeenCall& call, long* retval) { return answer(call, retval); }};
};

ifreq with_address(const char* name, const char* address) {
  ifreq request = request_for(name);
  sockaddr_in in = {};
  in.sin_family = AF_INET;
  inet_pton(AF_INET, address, &in.sin_addr);
  std::memcpy(&request.ifr_addr, &in, sizeof in);
  return request;
}

template <class Field>
std::string kernel_address(const Field& field) {
  netbsd::sockaddr_in in;
  std::memcpy(&in, &field, sizeof in);
  char buffer[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &in.sin_addr, buffer, sizeof buffer);
}

TEST_F(InterfaceChanges, AnAddressReplacesTheOneOfItsLabel) {
  ifreq request = with_address("virt0", "172.16.0.1");
  ASSERT_EQ(set(SIOCSIFADDR, request), 0);
  ASSERT_EQ(commands_.size(), 2U);
  EXPECT_EQ(commands_[0], NB_SIOCDIFADDR);
  EXPECT_EQ(kernel_address(argument<netbsd::ifreq>(0).ifr_ifru), "10.1.2.3");
  EXPECT_EQ(commands_[1], NB_SIOCAIFADDR);
  const auto added = argument<netbsd::ifaliasreq>(1);
  EXPECT_EQ(kernel_address(added.ifra_addr), "172.16.0.1");
  EXPECT_EQ(kernel_address(added.ifra_mask), "255.255.0.0");
  EXPECT_EQ(kernel_address(added.ifra_dstaddr), "172.16.255.255");
}

TEST_F(InterfaceChanges, ANewLabelAddsAnAddress) {
  ifreq request = with_address("virt0:1", "10.1.2.10");
  ASSERT_EQ(set(SIOCSIFADDR, request), 0);
  ASSERT_EQ(commands_.size(), 1U);
  EXPECT_EQ(commands_[0], NB_SIOCAIFADDR);
}

TEST_F(InterfaceChanges, AMaskGoesToTheAddressThatTheLabelWasGiven) {
  ifreq request = with_address("lo0:7", "10.1.2.9");
  ASSERT_EQ(set(SIOCSIFADDR, request), 0);
  request = with_address("lo0:7", "255.255.255.0");
  EXPECT_EQ(set(SIOCSIFNETMASK, request), -EADDRNOTAVAIL);  // this kernel took no notice
  request = with_address("virt0:7", "10.1.2.9");
  ASSERT_EQ(set(SIOCSIFADDR, request), 0);
  request = with_address("virt0:7", "255.255.255.128");
  ASSERT_EQ(set(SIOCSIFNETMASK, request), 0);
  EXPECT_EQ(kernel_address(argument<netbsd::ifaliasreq>(2).ifra_addr), "10.1.2.9");
}

TEST_F(InterfaceChanges, ALabelIsKeptInTheKernel) {
  ifreq request = with_address("virt0:web", "10.1.2.3");  // the first of virt0
  ASSERT_EQ(set(SIOCSIFADDR, request), 0);
  EXPECT_STREQ(labels_.c_str(), "virt0:web 10.1.2.3\n");
  request = request_for("virt0:web");
  ASSERT_EQ(set(SIOCGIFADDR, request), 0);
  EXPECT_EQ(address_in(request.ifr_addr), "10.1.2.3");
  request = request_for("virt0");
  ASSERT_EQ(set(SIOCGIFADDR, request), 0);
  EXPECT_EQ(address_in(request.ifr_addr), "10.1.2.9");
  request = request_for("virt0:web");
  ASSERT_EQ(set(SIOCSIFFLAGS, request), 0);
  EXPECT_STREQ(labels_.c_str(), "");
}

TEST_F(InterfaceChanges, TheSameAddressAgainIsNoChange) {
  ifreq request = with_address("virt0", "10.1.2.3");
  EXPECT_EQ(set(SIOCSIFADDR, request), 0);
  EXPECT_TRUE(commands_.empty());
}

TEST_F(InterfaceChanges, NoAddressRemovesTheOneThatWasThere) {
  ifreq request = with_address("virt0:0", "0.0.0.0");
  ASSERT_EQ(set(SIOCSIFADDR, request), 0);
  ASSERT_EQ(commands_.size(), 1U);
  EXPECT_EQ(commands_[0], NB_SIOCDIFADDR);
  EXPECT_EQ(kernel_address(argument<netbsd::ifreq>(0).ifr_ifru), "10.1.2.9");
}

TEST_F(InterfaceChanges, AMaskKeepsTheAddressAndMovesTheBroadcast) {
  ifreq request = with_address("virt0", "255.255.0.0");
  ASSERT_EQ(set(SIOCSIFNETMASK, request), 0);
  const auto changed = argument<netbsd::ifaliasreq>(0);
  EXPECT_EQ(kernel_address(changed.ifra_addr), "10.1.2.3");
  EXPECT_EQ(kernel_address(changed.ifra_mask), "255.255.0.0");
  EXPECT_EQ(kernel_address(changed.ifra_dstaddr), "10.1.255.255");
  request = with_address("virt0", "255.0.255.0");
  EXPECT_EQ(set(SIOCSIFNETMASK, request), -EINVAL);
}

TEST_F(InterfaceChanges, TakingALabelDownRemovesItsAddress) {
  ifreq request = request_for("virt0:0");
  ASSERT_EQ(set(SIOCSIFFLAGS, request), 0);
  ASSERT_EQ(commands_.size(), 1U);
  EXPECT_EQ(commands_[0], NB_SIOCDIFADDR);
}

TEST_F(InterfaceChanges, FlagsKeepWhatLinuxDoesNotKnow) {
  ifreq request = request_for("virt0");
  request.ifr_flags = IFF_BROADCAST | IFF_MULTICAST | IFF_RUNNING;
  ASSERT_EQ(set(SIOCSIFFLAGS, request), 0);
  const auto flags = static_cast<unsigned short>(argument<netbsd::ifreq>(0).ifr_ifru.ifru_flags);
  EXPECT_EQ(flags & NB_IFF_UP, 0);
  EXPECT_NE(flags & NB_IFF_SIMPLEX, 0);
}

TEST_F(InterfaceChanges, TheMtuIsHandedOn) {
  ifreq request = request_for("virt0");
  request.ifr_mtu = 1400;
  ASSERT_EQ(set(SIOCSIFMTU, request), 0);
  EXPECT_EQ(argument<netbsd::ifreq>(0).ifr_ifru.ifru_mtu, 1400);
}

TEST_F(InterfaceChanges, WhatCannotBeChangedIsRefused) {
  ifreq request = request_for("virt0");
  for (const unsigned long command : {SIOCSIFHWADDR, SIOCSIFTXQLEN, SIOCSIFNAME, SIOCSIFMETRIC}) {
    EXPECT_EQ(set(command, request), -EOPNOTSUPP);
  }
  EXPECT_TRUE(commands_.empty());
}

struct In6Ifreq {
  in6_addr address;
  std::uint32_t prefix;
  int index;
};

TEST_F(InterfaceChanges, Ipv6AddressesComeAndGo) {
  In6Ifreq request = {{}, 64, 2};
  inet_pton(AF_INET6, "fd00::7", &request.address);
  EXPECT_EQ(interface_ioctl(3, AF_INET6, SIOCDIFADDR, &request), -EADDRNOTAVAIL);
  ASSERT_EQ(interface_ioctl(3, AF_INET6, SIOCSIFADDR, &request), 0);
  EXPECT_EQ(commands_[0], NB_SIOCAIFADDR_IN6);
  const auto added = argument<netbsd::in6_aliasreq>(0);
  EXPECT_EQ(std::memcmp(&added.ifra_addr.sin6_addr, &request.address, 16), 0);
  EXPECT_EQ(added.ifra_lifetime.ia6t_vltime, NB_ND6_INFINITE_LIFETIME);
  inet_pton(AF_INET6, "fd00::5", &request.address);
  EXPECT_EQ(interface_ioctl(3, AF_INET6, SIOCSIFADDR, &request), -EEXIST);
  ASSERT_EQ(interface_ioctl(3, AF_INET6, SIOCDIFADDR, &request), 0);
  EXPECT_EQ(commands_[1], NB_SIOCDIFADDR_IN6);
  request.prefix = 129;
  EXPECT_EQ(interface_ioctl(3, AF_INET6, SIOCSIFADDR, &request), -EINVAL);
  request = {{}, 64, 99};
  EXPECT_EQ(interface_ioctl(3, AF_INET6, SIOCSIFADDR, &request), -ENODEV);
}

}  // namespace
}  // namespace farcall::personality
