#include "personality/raw_ipv4.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace farcall::personality {
namespace {

using Packet = std::array<unsigned char, 28>;

/// As NetBSD shows it: ip_len without the header and in host order.
Packet received() {
  Packet packet = {};
  packet[0] = 0x45;
  packet[2] = 8;
  packet[6] = 0x00;
  packet[7] = 0x40;
  return packet;
}

TEST(RawIpv4, ReceivedHeadersAreAsOnTheWire) {
  Packet packet = received();
  const iovec vector{packet.data(), packet.size()};
  fix_received_header({&vector, 1}, packet.size());
  EXPECT_EQ(packet[2] << 8 | packet[3], 28);
  EXPECT_EQ(packet[6], 0x40);
  EXPECT_EQ(packet[7], 0x00);
}

TEST(RawIpv4, HeadersMayBeScattered) {
  Packet packet = received();
  const iovec vectors[] = {{packet.data(), 3}, {packet.data() + 3, 0}, {packet.data() + 3, 25}};
  fix_received_header(vectors, packet.size());
  EXPECT_EQ(packet[2] << 8 | packet[3], 28);
}

TEST(RawIpv4, ShortOnesAreLeftAlone) {
  Packet packet = received();
  const Packet before = packet;
  for (std::size_t size = 0; size < 20; ++size) {
    const iovec vector{packet.data(), size};
    fix_received_header({&vector, 1}, packet.size());
    EXPECT_FALSE(may_be_ipv4({&vector, 1}, size));
  }
  EXPECT_EQ(packet, before);
}

TEST(RawIpv4, SentHeadersGetTheirLengthFromTheCall) {
  Packet packet = {};
  packet[0] = 0x45;
  packet[6] = 0x40;
  const iovec vector{packet.data(), packet.size()};
  std::vector<std::byte> sent;
  ASSERT_EQ(packet_with_header({&vector, 1}, sent), 0);
  std::uint16_t length, offset;
  std::memcpy(&length, &sent[2], sizeof length);
  std::memcpy(&offset, &sent[6], sizeof offset);
  EXPECT_EQ(length, packet.size());
  EXPECT_EQ(offset, 0x4000);
}

TEST(RawIpv4, SentPacketsAreBounded) {
  std::vector<std::byte> sent;
  Packet packet = {};
  const iovec huge{packet.data(), SIZE_MAX};
  EXPECT_EQ(packet_with_header({&huge, 1}, sent), -EMSGSIZE);
  const iovec small{packet.data(), 19};
  EXPECT_EQ(packet_with_header({&small, 1}, sent), -EINVAL);
  EXPECT_EQ(packet_with_header({}, sent), -EINVAL);
}

}  // namespace
}  // namespace farcall::personality
