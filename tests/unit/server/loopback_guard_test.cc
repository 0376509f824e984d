#include "server/nat/loopback_guard.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace farcall::server {
namespace {

std::vector<std::byte> frame_to(const char* address) {
  const bool is_ipv6 = std::strchr(address, ':') != nullptr;
  std::vector<std::byte> frame(14 + 40);
  frame[12] = std::byte(is_ipv6 ? 0x86 : 0x08);
  frame[13] = std::byte(is_ipv6 ? 0xdd : 0x00);
  inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address, &frame[is_ipv6 ? 14 + 24 : 14 + 16]);
  return frame;
}

TEST(LoopbackGuard, TheHostItselfIsRecognized) {
  for (const char* address : {"127.0.0.1", "127.255.0.9", "0.0.0.0", "0.1.2.3", "::1",
                              "::", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "::127.0.0.1"}) {
    EXPECT_TRUE(goes_to_loopback(frame_to(address))) << address;
  }
}

TEST(LoopbackGuard, OthersPass) {
  for (const char* address : {"10.0.2.2", "192.0.2.1", "255.255.255.255", "128.0.0.1", "fd00::1",
                              "2001:db8::1", "ff02::1", "fe80::2"}) {
    EXPECT_FALSE(goes_to_loopback(frame_to(address))) << address;
  }
}

TEST(LoopbackGuard, WhatIsCutOffIsNobodys) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    const auto frame = frame_to(address);
    for (std::size_t size = 0; size <= 14 + 16; ++size) {
      EXPECT_FALSE(goes_to_loopback({frame.data(), size})) << size;
    }
  }
}

TEST(LoopbackGuard, OtherProtocolsPass) {
  auto frame = frame_to("127.0.0.1");
  frame[13] = std::byte{6};  // ARP
  EXPECT_FALSE(goes_to_loopback(frame));
}

}  // namespace
}  // namespace farcall::server
