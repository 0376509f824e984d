// Control messages that go with a datagram, in NetBSD's own form.
#include "net_testing.h"

namespace farcall::testing {
namespace {

class ControlTest : public NetTest {
 protected:
  void SetUp() override {
    NetTest::SetUp();
    sender_ = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
    receiver_ = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
    EXPECT_THAT(bind(receiver_, v4("127.0.0.1")), Succeeds());
    to_ = local_address(receiver_);
  }

  template <class T>
  static std::string message(int level, int type, const T& value) {
    const netbsd::cmsghdr header = {16 + sizeof value, level, type};
    std::string bytes(16 + (sizeof value + 7) / 8 * 8, '\0');
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + 16, &value, sizeof value);
    return bytes;
  }

  Outcome send_with(std::string control) {
    char byte = 'x';
    netbsd::iovec part = {};
    part.iov_base = &byte;
    part.iov_len = 1;
    netbsd::msghdr header = {};
    header.msg_name = &to_.storage;
    header.msg_namelen = to_.length;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = static_cast<unsigned>(control.size());
    return call(NB_SYS_sendmsg, sender_, &header, 0);
  }

  /// lo0's second address.
  static void add_alias(const char* text) {
    const int fd = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
    netbsd::in_aliasreq alias = {};
    std::strcpy(alias.ifra_name, "lo0");
    const Address address = v4(text), mask = v4("255.255.255.255");
    std::memcpy(&alias.ifra_addr, &address.storage, address.length);
    std::memcpy(&alias.ifra_mask, &mask.storage, mask.length);
    EXPECT_THAT(call(NB_SYS_ioctl, fd, NB_SIOCAIFADDR, &alias), Succeeds());
  }

  static std::string sender_of_next(int fd) {
    std::string data;
    Address from;
    EXPECT_THAT(receive(fd, data, 8, 0, &from), Returns(1));
    return {reinterpret_cast<const char*>(&from.storage) + 4, 4};
  }

  int sender_ = -1, receiver_ = -1;
  Address to_;
};

TEST_F(ControlTest, ChoosesTheSourceOfOnePacket) {
  add_alias("10.9.8.1");
  netbsd::in_pktinfo info = {};
  info.ipi_addr.s_addr = __builtin_bswap32(0x0a090801);
  info.ipi_ifindex = 1;
  EXPECT_THAT(send_with(message(NB_IPPROTO_IP, NB_IP_PKTINFO, info)), Returns(1));
  EXPECT_EQ(sender_of_next(receiver_), std::string("\x0a\x09\x08\x01", 4));
  EXPECT_THAT(send_with(message(NB_IPPROTO_IP, NB_IP_RECVDSTADDR, info.ipi_addr)), Returns(1));
  EXPECT_EQ(sender_of_next(receiver_), std::string("\x0a\x09\x08\x01", 4));
  EXPECT_THAT(send_with(""), Returns(1));
  EXPECT_EQ(sender_of_next(receiver_), std::string("\x7f\0\0\1", 4));
}

TEST_F(ControlTest, WhatIsNotThereIsSaid) {
  netbsd::in_pktinfo info = {};
  info.ipi_ifindex = 4711;
  EXPECT_THAT(send_with(message(NB_IPPROTO_IP, NB_IP_PKTINFO, info)), FailsWith(NB_ENXIO));
  info = {};
  info.ipi_addr.s_addr = 1;
  EXPECT_THAT(send_with(message(NB_IPPROTO_IP, NB_IP_PKTINFO, info)), FailsWith(NB_EADDRNOTAVAIL));
}

TEST_F(ControlTest, MalformedOnesAreRefused) {
  const std::string good = message(NB_IPPROTO_IP, NB_IP_TTL, 9);
  EXPECT_THAT(send_with(good + good), Returns(1));
  EXPECT_THAT(send_with(good + std::string(8, '\0')), FailsWith(NB_EINVAL));
  EXPECT_THAT(send_with(good.substr(0, 18)), FailsWith(NB_EINVAL));
  for (const unsigned length : {0U, 15U, 16U, 19U, 21U, 4096U, ~0U}) {
    std::string bad = good;
    std::memcpy(bad.data(), &length, sizeof length);
    EXPECT_THAT(send_with(bad), FailsWith(NB_EINVAL)) << length;
  }
}

TEST_F(ControlTest, UnknownOnesAreRefused) {
  EXPECT_THAT(send_with(message(NB_IPPROTO_IP, 4711, 0)), FailsWith(NB_EINVAL));
  EXPECT_THAT(send_with(message(NB_SOL_SOCKET, NB_SCM_RIGHTS, 0)), FailsWith(NB_EINVAL));
  EXPECT_THAT(send_with(message(NB_IPPROTO_IPV6, NB_IPV6_HOPLIMIT, 9)), FailsWith(NB_EINVAL));
}

}  // namespace
}  // namespace farcall::testing
