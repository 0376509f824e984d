// What tests with a wire to the host share: a network namespace of their own.
#pragma once

#include <cstdlib>

#include "host_network.h"
#include "net_testing.h"

namespace farcall::testing {

class OwnNetworkTest : public NetTest {
 protected:
  static void SetUpTestSuite() { own_network = enter_own_network(); }

  /// Without a namespace the test is skipped, or fails where CI runs. A derived SetUp then does
  /// nothing more.
  void SetUp() override {
    if (!own_network && std::getenv("CI") != nullptr) FAIL() << "CI must allow network namespaces";
    if (!own_network) GTEST_SKIP() << "this user may make no network namespace";
    NetTest::SetUp();
  }

  static inline bool own_network = false;
};

}  // namespace farcall::testing
