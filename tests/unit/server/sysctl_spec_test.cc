#include "server/sysctl_spec.h"

#include <gtest/gtest.h>

namespace farcall::server {
namespace {

TEST(SysctlSpec, ANameAndANumber) {
  const auto spec = parse_sysctl_spec("net.inet.ip.forwarding=1");
  ASSERT_TRUE(std::holds_alternative<SysctlSpec>(spec));
  EXPECT_EQ(std::get<SysctlSpec>(spec).name, "net.inet.ip.forwarding");
  EXPECT_EQ(std::get<SysctlSpec>(spec).value, 1);
}

TEST(SysctlSpec, WhatIsWrongIsNamed) {
  for (const char* text : {"", "name", "=1", "name=", "name=one", "name=1 ", "name=99999999999"}) {
    const auto spec = parse_sysctl_spec(text);
    const auto* why = std::get_if<Complaint>(&spec);
    ASSERT_NE(why, nullptr) << text;
    EXPECT_NE(why->text.find("NAME=NUMBER"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace farcall::server
