#include "server/interface_spec.h"

#include <gtest/gtest.h>

namespace farcall::server {
namespace {

InterfaceSpec good(std::string_view text) {
  auto spec = parse_interface_spec(text);
  if (const auto* why = std::get_if<Complaint>(&spec)) ADD_FAILURE() << why->text;
  return std::holds_alternative<InterfaceSpec>(spec) ? std::get<InterfaceSpec>(spec)
                                                     : InterfaceSpec{};
}

TEST(InterfaceSpec, ADeviceAlone) {
  const auto spec = good("tap:tap0");
  EXPECT_EQ(spec.link, "tap0");
  EXPECT_TRUE(spec.addresses.empty());
}

TEST(InterfaceSpec, AddressesOfBothFamiliesAndGateways) {
  const auto spec = good("tap:t,10.0.0.2/24,fd00::2/64,gw=10.0.0.1,gw=fd00::1");
  ASSERT_EQ(spec.addresses.size(), 2u);
  EXPECT_EQ(spec.addresses[0].text, "10.0.0.2");
  EXPECT_EQ(spec.addresses[0].prefix, 24);
  EXPECT_FALSE(spec.addresses[0].is_ipv6);
  EXPECT_EQ(spec.addresses[1].prefix, 64);
  EXPECT_TRUE(spec.addresses[1].is_ipv6);
  ASSERT_EQ(spec.gateways.size(), 2u);
  EXPECT_EQ(spec.gateways[1].text, "fd00::1");
}

TEST(InterfaceSpec, AddressesThatOthersGive) {
  const auto both = good("tap:t,dhcp,auto6,10.0.0.2/24");
  EXPECT_TRUE(both.dhcp && both.auto6);
  EXPECT_EQ(both.addresses.size(), 1u);
  const auto none = good("shmif:/bus");
  EXPECT_FALSE(none.dhcp || none.auto6);
  EXPECT_EQ(none.link, "/bus");
}

TEST(InterfaceSpec, NatChoosesWhatIsNotSaid) {
  const auto spec = good("nat");
  EXPECT_EQ(spec.driver, kVirtif);
  ASSERT_EQ(spec.addresses.size(), 1u);
  EXPECT_EQ(spec.addresses[0].text, "10.0.2.15");
  EXPECT_EQ(spec.addresses[0].prefix, 24);
  ASSERT_EQ(spec.gateways.size(), 1u);
  EXPECT_EQ(spec.gateways[0].text, "10.0.2.2");
  EXPECT_FALSE(spec.nat->host_loopback || spec.nat->restricted || spec.nat->network6);
}

TEST(InterfaceSpec, NatTakesWhatIsSaid) {
  const auto spec = good("nat,net=10.9.8.0/25,host=10.9.8.1,10.9.8.7/25,host-loopback,restrict");
  ASSERT_EQ(spec.addresses.size(), 1u);
  EXPECT_EQ(spec.addresses[0].text, "10.9.8.7");
  EXPECT_EQ(address_text(spec.nat->first_kernel()), "10.9.8.7");
  EXPECT_EQ(spec.gateways[0].text, "10.9.8.1");
  EXPECT_TRUE(spec.nat->host_loopback && spec.nat->restricted);
  EXPECT_TRUE(good("nat,dhcp").addresses.empty());
  EXPECT_TRUE(good("nat,dhcp").gateways.empty());
  const auto both = good("nat,net6=fd00:1::/64");
  ASSERT_EQ(both.addresses.size(), 2u);
  EXPECT_EQ(both.addresses[1].text, "fd00:1::15");
  EXPECT_EQ(both.gateways[1].text, "fd00:1::2");
}

TEST(InterfaceSpec, NatForwardsFromLoopbackUnlessTold) {
  const auto forwards = good(
                            "nat,host-loopback,forward=tcp:80-8080,forward=udp::53-:5353,forward="
                            "tcp:0.0.0.0:1-10.0.2.16:2")
                            .nat->forwards;
  ASSERT_EQ(forwards.size(), 3u);
  EXPECT_EQ(address_text(forwards[0].host), "127.0.0.1");
  EXPECT_EQ(forwards[0].host_port, 80);
  EXPECT_EQ(forwards[0].kernel_port, 8080);
  EXPECT_EQ(forwards[0].kernel, 0u);
  EXPECT_TRUE(forwards[1].is_udp);
  EXPECT_EQ(address_text(forwards[1].host), "127.0.0.1");
  EXPECT_EQ(forwards[2].host, 0u);
  EXPECT_EQ(address_text(forwards[2].kernel), "10.0.2.16");
}

TEST(InterfaceSpec, WrongNatIsNamed) {
  for (const char* text : {"nat:",
                           "nat,net=10.0.2.0",
                           "nat,net=10.0.2.0/28",
                           "nat,net=10.0.2.1/24",
                           "nat,net=10.0.2.0/7",
                           "nat,host=10.0.3.2",
                           "nat,host=10.0.2.255",
                           "nat,host=10.0.2.15",
                           "nat,host=10.0.2.3",
                           "nat,10.0.3.1/24",
                           "nat,net6=fd00::/48",
                           "nat,net6=fd00::1/64",
                           "nat,forward=80-80",
                           "nat,forward=tcp:80",
                           "nat,forward=tcp:80-0",
                           "nat,forward=tcp:-80",
                           "nat,forward=tcp:65536-80",
                           "nat,forward=tcp:a:80-80",
                           "nat,forward=sctp:80-80",
                           "nat,forward=udp:80-80",
                           "nat,forward=tcp:80-10.1.2.3:80",
                           "nat,forward=tcp:80-80-80",
                           "tap:t,restrict"}) {
    const auto spec = parse_interface_spec(text);
    EXPECT_TRUE(std::holds_alternative<Complaint>(spec)) << text;
  }
}

TEST(InterfaceSpec, WhatIsWrongIsNamed) {
  for (const char* text : {"", "eth0", "tap", "tap:", "tap:a-name-of-16-byte", "tap:t,10.0.0.1",
                           "tap:nat:0", "tap:t,10.0.0.1/33", "tap:t,10.0.0.1/-1", "tap:t,10.0.0.1/",
                           "tap:t,fd00::1/129", "tap:t,10.0.0/8", "tap:t,gw=", "tap:t,dhcp6",
                           "tap:t,DHCP", "shmif:", "tap:t,gw=10.0.0.1/24", "tap:t,,10.0.0.1/8"}) {
    const auto spec = parse_interface_spec(text);
    const auto* why = std::get_if<Complaint>(&spec);
    ASSERT_NE(why, nullptr) << text;
    EXPECT_NE(why->text.find("tap:NAME"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace farcall::server
