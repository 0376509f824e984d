// Raw sockets: echo requests that lo0 answers.
#include "net_testing.h"

namespace farcall::testing {
namespace {

class RawTest : public NetTest {
 protected:
  static void sum(std::string& packet) {
    unsigned total = 0;
    for (std::size_t i = 0; i + 1 < packet.size(); i += 2) {
      total +=
          static_cast<unsigned char>(packet[i]) << 8 | static_cast<unsigned char>(packet[i + 1]);
    }
    total = (total >> 16) + (total & 0xffff);
    total = ~(total + (total >> 16)) & 0xffff;
    packet[2] = static_cast<char>(total >> 8);
    packet[3] = static_cast<char>(total);
  }
};

TEST_F(RawTest, EchoOverIpv4ComesBackWithTheHeaderAsBsdHasIt) {
  const int fd = open_socket(NB_AF_INET, NB_SOCK_RAW, NB_IPPROTO_ICMP);
  std::string request("\x08\0\0\0\x12\x34\0\1payload!", 16);
  sum(request);
  EXPECT_THAT(send_to(fd, request, v4("127.0.0.1")), Returns(16));
  std::string reply;
  Address from;
  EXPECT_THAT(receive(fd, reply, 100, 0, &from), Returns(36));
  std::uint16_t length;
  std::memcpy(&length, reply.data() + 2, sizeof length);
  EXPECT_EQ(length, 16);    // host order, without the header
  EXPECT_EQ(reply[20], 0);  // an echo reply, not the request
  EXPECT_EQ(reply.substr(24), request.substr(4));
}

TEST_F(RawTest, EchoOverIpv6ComesBackWithoutAHeader) {
  const int fd = open_socket(NB_AF_INET6, NB_SOCK_RAW, NB_IPPROTO_ICMPV6);
  std::uint32_t filter[8] = {};
  filter[NB_ICMP6_ECHO_REPLY >> 5] = 1U << (NB_ICMP6_ECHO_REPLY & 31);
  EXPECT_THAT(
      call(NB_SYS_setsockopt, fd, NB_IPPROTO_ICMPV6, NB_ICMP6_FILTER, filter, sizeof filter),
      Succeeds());
  const std::string request("\x80\0\0\0\x12\x34\0\1payload!", 16);
  EXPECT_THAT(send_to(fd, request, v6("::1")), Returns(16));
  std::string reply;
  EXPECT_THAT(receive(fd, reply, 100), Returns(16));
  EXPECT_EQ(static_cast<unsigned char>(reply[0]), NB_ICMP6_ECHO_REPLY);
  EXPECT_EQ(reply.substr(4), request.substr(4));
}

TEST_F(RawTest, AnIncludedHeaderIsInHostOrder) {
  const int fd = open_socket(NB_AF_INET, NB_SOCK_RAW, 253);
  const int receiver = open_socket(NB_AF_INET, NB_SOCK_RAW, 253);
  EXPECT_THAT(set_int(fd, NB_IPPROTO_IP, NB_IP_HDRINCL, 1), Succeeds());
  std::string packet(24, '\0');
  packet[0] = 0x45;
  const std::uint16_t length = 24;
  std::memcpy(packet.data() + 2, &length, sizeof length);
  packet[8] = 9;
  packet[9] = static_cast<char>(253);
  std::memcpy(packet.data() + 16, "\x7f\0\0\1", 4);
  EXPECT_THAT(send_to(fd, packet, v4("127.0.0.1")), Returns(24));
  std::string got;
  EXPECT_THAT(receive(receiver, got, 100, NB_MSG_DONTWAIT), Returns(24));
  EXPECT_EQ(got[8], 9);
}

TEST_F(RawTest, OnlyTheSuperuserMayOpenOne) {
  EXPECT_THAT(call(NB_SYS_setuid, 1000), Succeeds());
  EXPECT_THAT(call(NB_SYS_socket30, NB_AF_INET, NB_SOCK_RAW, NB_IPPROTO_ICMP), FailsWith(NB_EPERM));
}

}  // namespace
}  // namespace farcall::testing
