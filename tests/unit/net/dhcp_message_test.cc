// DHCP's frames: what is sent, and what of a server's is believed.
#include "kernel/net/dhcp_message.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>

namespace farcall::kernel {
namespace {

constexpr eth_addr kClient = {{0xb2, 0x0a, 1, 2, 3, 4}};
constexpr std::uint32_t kExchange = 0x12345678;
constexpr std::size_t kPayload = 42, kOptions = kPayload + 240;

std::byte byte(unsigned value) { return static_cast<std::byte>(value); }

/// A server's answer, made from the client's question: the addresses turned round, 10.0.0.9
/// offered.
std::vector<std::byte> answer(const std::vector<unsigned>& options) {
  auto frame = dhcp_frame({.type = DhcpType::discover, .exchange = kExchange, .client = kClient});
  frame[35] = byte(67);       // from the server's port
  frame[37] = byte(68);       // to the client's
  frame[kPayload] = byte(2);  // from a server
  const unsigned offered[] = {10, 0, 0, 9};
  std::transform(offered, offered + 4, frame.begin() + kPayload + 16, byte);
  std::fill(frame.begin() + kOptions, frame.end(), byte(0));
  std::transform(options.begin(), options.end(), frame.begin() + kOptions, byte);
  return frame;
}

const std::vector<unsigned> kOffer = {53,  1, 2, 0, 54, 4, 10, 0, 0,  1, 1, 4, 255, 255,
                                      255, 0, 3, 8, 10, 0, 0,  2, 10, 0, 0, 3, 255};

std::optional<DhcpMessage> parse(std::span<const std::byte> frame) {
  return parse_dhcp_frame(frame, kExchange, kClient);
}

TEST(DhcpMessage, AQuestionIsABroadcastToTheServersPort) {
  const auto frame = dhcp_frame({.type = DhcpType::request,
                                 .exchange = kExchange,
                                 .client = kClient,
                                 .address = 0x0900000a,
                                 .server = 0x0100000a});
  ASSERT_GE(frame.size(), kPayload + 300);
  EXPECT_TRUE(std::all_of(frame.begin(), frame.begin() + 6, [](auto b) { return b == byte(255); }));
  EXPECT_EQ(std::memcmp(&frame[6], kClient.addr, 6), 0);
  EXPECT_EQ(std::memcmp(&frame[34], "\0\x44\0\x43", 4), 0);
  EXPECT_EQ(std::memcmp(&frame[kPayload + 236], "\x63\x82\x53\x63", 4), 0);
  const unsigned options[] = {53, 1, 3, 50, 4, 10, 0, 0, 9, 54, 4, 10, 0, 0, 1, 55, 2, 1, 3, 255};
  EXPECT_TRUE(std::equal(std::begin(options), std::end(options), frame.begin() + kOptions,
                         [](unsigned a, std::byte b) { return byte(a) == b; }));
  // The checksum of a good header comes out as 0.
  EXPECT_EQ(inet_chksum(&frame[14], 20), 0);
}

TEST(DhcpMessage, WhoHasAnAddressAsksOneServerFromThere) {
  const DhcpServer server = {0x0100000a, {{2, 0, 0, 0, 0, 1}}};
  const DhcpMessage request = {
      .type = DhcpType::request, .exchange = kExchange, .client = kClient, .held = 0x0900000a};
  const auto frame = dhcp_frame(request, server);
  EXPECT_EQ(std::memcmp(&frame[0], server.station.addr, 6), 0);
  EXPECT_EQ(std::memcmp(&frame[26], "\x0a\0\0\x09\x0a\0\0\x01", 8), 0);
  EXPECT_EQ(frame[kPayload + 10], byte(0));  // no broadcast is needed
  EXPECT_EQ(std::memcmp(&frame[kPayload + 12], "\x0a\0\0\x09", 4), 0);
  const unsigned options[] = {53, 1, 3, 55, 2, 1, 3, 255};  // neither address nor server
  EXPECT_TRUE(std::equal(std::begin(options), std::end(options), frame.begin() + kOptions,
                         [](unsigned a, std::byte b) { return byte(a) == b; }));
  EXPECT_EQ(inet_chksum(&frame[14], 20), 0);
}

TEST(DhcpMessage, TheTimesOfALeaseAreUnderstood) {
  const auto message =
      parse(answer({53, 1, 5, 51, 4, 0, 1, 0, 0, 58, 4, 0, 0, 0, 9, 59, 4, 0, 0, 1, 4, 255}));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->lease_time, 65536u);
  EXPECT_EQ(message->renewal_time, 9u);
  EXPECT_EQ(message->rebinding_time, 260u);
  EXPECT_EQ(std::memcmp(message->station.addr, kClient.addr, 6), 0);
}

TEST(DhcpMessage, AnOfferIsUnderstood) {
  const auto message = parse(answer(kOffer));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->type, DhcpType::offer);
  EXPECT_EQ(message->address, 0x0900000au);
  EXPECT_EQ(message->server, 0x0100000au);
  EXPECT_EQ(message->mask, 0x00ffffffu);
  EXPECT_EQ(message->router, 0x0200000au);
}

TEST(DhcpMessage, WhatIsNotForUsIsNot) {
  const auto good = answer(kOffer);
  const eth_addr other = {{1, 2, 3, 4, 5, 6}};
  EXPECT_FALSE(parse_dhcp_frame(good, kExchange + 1, kClient));
  EXPECT_FALSE(parse_dhcp_frame(good, kExchange, other));
  EXPECT_FALSE(parse(dhcp_frame({.exchange = kExchange, .client = kClient})));
  struct Change {
    std::size_t at;
    unsigned value;
  };
  // Not IPv4; not version 4; a header too short; a fragment; not UDP; another port; no cookie.
  for (const Change change :
       {Change{13, 6}, {14, 0x65}, {14, 0x44}, {21, 1}, {23, 6}, {37, 69}, {kPayload + 236, 0}}) {
    auto frame = good;
    frame[change.at] = byte(change.value);
    EXPECT_FALSE(parse(frame)) << change.at;
  }
}

TEST(DhcpMessage, LengthsThatLieAreRefused) {
  const auto good = answer(kOffer);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(parse(std::span(good).first(size))) << size;
  }
  for (const std::size_t at : {std::size_t{16}, std::size_t{38}}) {
    auto frame = good;
    frame[at] = byte(255);
    EXPECT_FALSE(parse(frame)) << at;
  }
  EXPECT_FALSE(parse(answer({53, 200})));
}

TEST(DhcpMessage, AnOptionThatIsTooShortIsNoAddress) {
  const auto message = parse(answer({53, 1, 2, 1, 3, 255, 255, 255, 255}));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->mask, 0u);
}

TEST(DhcpMessage, GarbageIsReadToItsEndAndNoFurther) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    auto frame = answer(kOffer);
    for (int i = 0; i < 8; ++i) frame[kOptions + random() % 60] = byte(random() % 256);
    frame.resize(kOptions + random() % 60);
    (void)parse(frame);
  }
}

}  // namespace
}  // namespace farcall::kernel
