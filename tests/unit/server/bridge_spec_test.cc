#include "server/bridge_spec.h"

#include <gtest/gtest.h>

namespace farcall::server {
namespace {

TEST(BridgeSpec, TwoInterfacesOrMore) {
  const auto spec = parse_bridge_spec("shmif0,virt0,shmif1");
  ASSERT_TRUE(std::holds_alternative<BridgeSpec>(spec));
  EXPECT_EQ(std::get<BridgeSpec>(spec).members,
            (std::vector<std::string>{"shmif0", "virt0", "shmif1"}));
}

TEST(BridgeSpec, WhatIsWrongIsNamed) {
  for (const char* text : {"", "shmif0", "shmif0,", ",shmif0", "shmif0,,virt0"}) {
    const auto spec = parse_bridge_spec(text);
    const auto* why = std::get_if<Complaint>(&spec);
    ASSERT_NE(why, nullptr) << text;
    EXPECT_NE(why->text.find("is no bridge"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace farcall::server
