#include "netbsd_messages.h"

#include "personality/labels.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace farcall::personality {
namespace {

std::uint32_t ip4(const char* text) {
  in_addr address;
  return inet_pton(AF_INET, text, &address) == 1 ? address.s_addr : 0;
}

TEST(Labels, GoThroughTextUnchanged) {
  const Labels labels = {{"lo0:1", ip4("10.1.2.3")}, {"virt0", ip4("192.0.2.1")}};
  const std::string text = format_labels(labels);
  EXPECT_EQ(text, "lo0:1 10.1.2.3\nvirt0 192.0.2.1\n");
  const Labels again = parse_labels(text);
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[0].name, "lo0:1");
  EXPECT_EQ(again[1].address, ip4("192.0.2.1"));
}

TEST(Labels, WhatIsNoLabelIsLeftOut) {
  const Labels labels = parse_labels("\n lo0 1\nlo0\n10.1.2.3\nlo0:1 10.1.2\nlo0:2 10.1.2.3");
  ASSERT_EQ(labels.size(), 1U);
  EXPECT_EQ(labels[0].name, "lo0:2");
}

TEST(Labels, AddressesThatNobodyNamedAreCountedAroundThoseThatWereNamed) {
  InterfaceList list = parse_interfaces(testing::usual_interfaces());
  name_addresses(list, {{"virt0:0", ip4("10.1.2.3")}, {"lo0:3", ip4("10.1.2.9")}});
  EXPECT_EQ(list[1].ipv4[0].label, "virt0:0");
  EXPECT_EQ(list[1].ipv4[1].label, "virt0");  // lo0's label is not virt0's
  name_addresses(list, {{"virt0", ip4("10.1.2.9")}});
  EXPECT_EQ(list[1].ipv4[0].label, "virt0:0");
  EXPECT_EQ(list[1].ipv4[1].label, "virt0");
}

}  // namespace
}  // namespace farcall::personality
