#include "netbsd_messages.h"

#include "personality/interface_list.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>

#include "client_double.h"

namespace farcall::personality {
namespace {

using ::testing::ElementsAre;

std::string text(std::uint32_t address) {
  char buffer[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &address, buffer, sizeof buffer);
}

std::string text(const Ip6& address) {
  char buffer[INET6_ADDRSTRLEN];
  return inet_ntop(AF_INET6, address.bytes.data(), buffer, sizeof buffer);
}

TEST(InterfaceList, TellsNamesFlagsAndAddresses) {
  const InterfaceList list = parse_interfaces(testing::usual_interfaces());
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].name, "lo0");
  EXPECT_EQ(hardware_type(list[0]), ARPHRD_LOOPBACK);
  EXPECT_EQ(list[1].name, "virt0");
  EXPECT_EQ(list[1].index, 2U);
  EXPECT_EQ(list[1].data.ifi_mtu, 1500U);
  EXPECT_EQ(list[1].hardware_size, 6U);
  EXPECT_EQ(list[1].hardware[5], 0x2a);
  ASSERT_EQ(list[1].ipv4.size(), 2U);
  EXPECT_EQ(text(list[1].ipv4[1].address), "10.1.2.9");
  EXPECT_EQ(text(list[1].ipv4[1].mask), "255.255.255.0");
  EXPECT_EQ(text(list[1].ipv4[1].broadcast), "10.1.2.255");
}

TEST(InterfaceList, LinkLocalAddressesLoseTheKernelsIndex) {
  const InterfaceList list = parse_interfaces(testing::usual_interfaces());
  ASSERT_EQ(list[0].ipv6.size(), 2U);
  EXPECT_EQ(text(list[0].ipv6[0].address), "::1");
  EXPECT_EQ(list[0].ipv6[0].prefix, 128);
  EXPECT_EQ(text(list[0].ipv6[1].address), "fe80::1");
  EXPECT_EQ(list[0].ipv6[1].address.scope, 1U);
  EXPECT_EQ(list[0].ipv6[1].prefix, 64);
}

TEST(InterfaceList, NoPrefixOfItIsReadBeyondItsEnd) {
  const testing::Buffer whole = testing::usual_interfaces();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // On the heap and exact, so that the address sanitizer sees a byte too many.
    const testing::Buffer part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_LE(parse_interfaces(part).size(), 2U);
  }
}

TEST(InterfaceList, LyingLengthsEndTheList) {
  for (std::size_t at = 0; at < 60; ++at) {
    for (const int value : {0, 1, 3, 0x7f, 0xff}) {
      testing::Buffer bytes = testing::usual_interfaces();
      bytes[at] = static_cast<std::byte>(value);
      EXPECT_LE(parse_interfaces(bytes).size(), 2U);
    }
  }
}

TEST(InterfaceList, LabelsCountTheAddressesOfAnInterface) {
  const InterfaceList list = parse_interfaces(testing::usual_interfaces());
  EXPECT_EQ(list[1].ipv4[0].label, "virt0");
  EXPECT_EQ(list[1].ipv4[1].label, "virt0:0");
}

/// A kernel that has the usual interfaces and keeps no labels.
int answer_interfaces(const testing::SeenCall& call, long*) {
  if (*reinterpret_cast<const int*>(call.slots[0]) == NB_CTL_VENDOR) return NB_ENOENT;
  const testing::Buffer bytes = testing::usual_interfaces();
  auto* size = reinterpret_cast<std::uint64_t*>(call.slots[3]);
  if (*size < bytes.size()) return NB_ENOMEM;
  std::memcpy(reinterpret_cast<void*>(call.slots[2]), bytes.data(), bytes.size());
  *size = bytes.size();
  return 0;
}

TEST(Interfaces, AreNamedInTheKernelsOrder) {
  testing::ClientDouble client(answer_interfaces);
  std::vector<Interface> names;
  ASSERT_EQ(interfaces(names), 0);
  ASSERT_EQ(names.size(), 2U);
  EXPECT_EQ(names[1].name, "virt0");
  EXPECT_EQ(names[1].index, 2U);
}

TEST(Interfaces, AddressesBeginWithTheLinks) {
  testing::ClientDouble client(answer_interfaces);
  std::vector<InterfaceAddress> all;
  ASSERT_EQ(interface_addresses(all), 0);
  std::vector<std::pair<std::string, int>> seen;
  for (const InterfaceAddress& one : all) seen.emplace_back(one.name, one.address.ss_family);
  EXPECT_THAT(seen, ElementsAre(std::pair("lo0", AF_PACKET), std::pair("virt0", AF_PACKET),
                                std::pair("lo0", AF_INET), std::pair("lo0", AF_INET6),
                                std::pair("lo0", AF_INET6), std::pair("virt0", AF_INET),
                                std::pair("virt0:0", AF_INET), std::pair("virt0", AF_INET6)));
  const auto& link = reinterpret_cast<const sockaddr_ll&>(all[1].address);
  EXPECT_EQ(link.sll_ifindex, 2);
  EXPECT_EQ(link.sll_hatype, ARPHRD_ETHER);
  EXPECT_EQ(link.sll_addr[5], 0x2a);
  EXPECT_EQ(all[1].flags, unsigned{IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_MULTICAST});
}

}  // namespace
}  // namespace farcall::personality
