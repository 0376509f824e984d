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

TEST(InterfaceSpec, WhatIsWrongIsNamed) {
  for (const char* text : {"", "eth0", "tap", "tap:", "tap:a-name-of-16-byte", "tap:t,10.0.0.1",
                           "tap:t,10.0.0.1/33", "tap:t,10.0.0.1/-1", "tap:t,10.0.0.1/",
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
