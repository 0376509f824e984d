#include "server/sysctl_spec.h"

#include <gtest/gtest.h>

namespace farcall::server {
namespace {

TEST(SysctlSpec, ANameAndAValue) {
  const auto spec = parse_sysctl_spec("net.inet.ip.forwarding=1");
  ASSERT_TRUE(std::holds_alternative<SysctlSpec>(spec));
  EXPECT_EQ(std::get<SysctlSpec>(spec).name, "net.inet.ip.forwarding");
  EXPECT_EQ(std::get<SysctlSpec>(spec).value, "1");
}

TEST(SysctlSpec, AValueMayBeAnything) {
  const auto spec = parse_sysctl_spec("net.inet.ip.anonportalgo.selected=a=b c");
  ASSERT_TRUE(std::holds_alternative<SysctlSpec>(spec));
  EXPECT_EQ(std::get<SysctlSpec>(spec).value, "a=b c");
}

TEST(SysctlSpec, WhatIsWrongIsNamed) {
  for (const char* text : {"", "name", "=1", "name="}) {
    const auto spec = parse_sysctl_spec(text);
    const auto* why = std::get_if<Complaint>(&spec);
    ASSERT_NE(why, nullptr) << text;
    EXPECT_NE(why->text.find("NAME=VALUE"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace farcall::server
