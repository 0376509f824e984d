#include "personality/netbsd.h"

#include "personality/control.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

namespace farcall::personality {
namespace {

using Buffer = std::vector<std::byte>;

template <class Header, class Data>
void append(Buffer& out, Header header, const Data& data) {
  const std::size_t start = out.size();
  out.resize(start + 16 + ((sizeof data + 7) & ~std::size_t{7}));
  std::memcpy(&out[start], &header, sizeof header);
  std::memcpy(&out[start + 16], &data, sizeof data);
}

template <class Data>
void append_linux(Buffer& out, int level, int type, const Data& data) {
  cmsghdr header = {};
  header.cmsg_len = 16 + sizeof data;
  header.cmsg_level = level;
  header.cmsg_type = type;
  append(out, header, data);
}

template <class Data>
void append_netbsd(Buffer& out, int level, int type, const Data& data) {
  append(out, netbsd::cmsghdr{16 + sizeof data, level, type}, data);
}

TEST(ControlToLinux, TimestampAndHopLimit) {
  Buffer in;
  append_netbsd(in, NB_SOL_SOCKET, NB_SCM_TIMESTAMP, netbsd::timeval{11, 22});
  append_netbsd(in, NB_IPPROTO_IPV6, NB_IPV6_HOPLIMIT, 64);
  Buffer out(256);
  const LinuxControl result = control_to_linux(in, out);
  EXPECT_FALSE(result.truncated);
  msghdr message = {};
  message.msg_control = out.data();
  message.msg_controllen = result.size;
  cmsghdr* first = CMSG_FIRSTHDR(&message);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->cmsg_level, SOL_SOCKET);
  EXPECT_EQ(first->cmsg_type, SCM_TIMESTAMP);
  timeval time;
  std::memcpy(&time, CMSG_DATA(first), sizeof time);
  EXPECT_EQ(time.tv_sec, 11);
  EXPECT_EQ(time.tv_usec, 22);
  cmsghdr* second = CMSG_NXTHDR(&message, first);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->cmsg_type, IPV6_HOPLIMIT);
  EXPECT_EQ(second->cmsg_len, CMSG_LEN(sizeof(int)));
  EXPECT_EQ(CMSG_NXTHDR(&message, second), nullptr);
}

TEST(ControlToLinux, AnIpv4TtlGrowsToAnInt) {
  Buffer in;
  append_netbsd(in, NB_IPPROTO_IP, NB_IP_RECVTTL, static_cast<unsigned char>(200));
  Buffer out(64);
  control_to_linux(in, out);
  int ttl;
  std::memcpy(&ttl, &out[16], sizeof ttl);
  EXPECT_EQ(ttl, 200);
}

TEST(ControlToLinux, WhatDoesNotFitIsCutAndTold) {
  Buffer in;
  append_netbsd(in, NB_SOL_SOCKET, NB_SCM_TIMESTAMP, netbsd::timeval{1, 2});
  for (std::size_t room = 0; room < 32; ++room) {
    Buffer out(room);
    const LinuxControl result = control_to_linux(in, out);
    EXPECT_TRUE(result.truncated) << room;
    EXPECT_LE(result.size, room);
  }
  Buffer out(32);
  EXPECT_FALSE(control_to_linux(in, out).truncated);
}

TEST(ControlToLinux, MalformedLengthsEndTheWalk) {
  for (const unsigned length : {0U, 1U, 15U, 33U, 0x7fffffffU, 0xffffffffU}) {
    Buffer in;
    append(in, netbsd::cmsghdr{length, NB_SOL_SOCKET, NB_SCM_TIMESTAMP}, netbsd::timeval{1, 2});
    Buffer out(256);
    EXPECT_EQ(control_to_linux(in, out).size, 0U) << length;
  }
  for (std::size_t size = 0; size < 16; ++size) {
    Buffer out(64);
    EXPECT_EQ(control_to_linux(Buffer(size), out).size, 0U);
  }
}

TEST(ControlToNetbsd, PktinfoSourceIsItsAddress) {
  Buffer in;
  in_pktinfo info = {};
  info.ipi_ifindex = 2;
  info.ipi_spec_dst.s_addr = htonl(0x7f000001);
  append_linux(in, IPPROTO_IP, IP_PKTINFO, info);
  const auto out = control_to_netbsd(in);
  ASSERT_TRUE(out.ok());
  netbsd::cmsghdr header;
  std::memcpy(&header, out->data(), sizeof header);
  EXPECT_EQ(header.cmsg_len, 16 + sizeof(netbsd::in_pktinfo));
  EXPECT_EQ(header.cmsg_type, NB_IP_PKTINFO);
  netbsd::in_pktinfo there;
  std::memcpy(&there, out->data() + 16, sizeof there);
  EXPECT_EQ(there.ipi_addr.s_addr, htonl(0x7f000001));
  EXPECT_EQ(there.ipi_ifindex, 2U);
}

TEST(ControlToNetbsd, ATypeOfServiceIsAByteOrAnInt) {
  Buffer byte, whole;
  append_linux(byte, IPPROTO_IP, IP_TOS, static_cast<unsigned char>(0x10));
  append_linux(whole, IPPROTO_IP, IP_TOS, 0x10);
  const auto from_byte = control_to_netbsd(byte), from_int = control_to_netbsd(whole);
  ASSERT_TRUE(from_byte.ok() && from_int.ok());
  EXPECT_EQ(*from_byte, *from_int);
  EXPECT_EQ(from_int->size(), 24U);
}

TEST(ControlToNetbsd, MalformedLengthsAreRefused) {
  for (const std::size_t length : {std::size_t{0}, std::size_t{15}, std::size_t{1000}, SIZE_MAX}) {
    Buffer in;
    cmsghdr header = {};
    header.cmsg_len = length;
    header.cmsg_level = IPPROTO_IPV6;
    header.cmsg_type = IPV6_HOPLIMIT;
    append(in, header, 64);
    EXPECT_EQ(control_to_netbsd(in).code(), EINVAL) << length;
  }
}

TEST(ControlToNetbsd, WhatCannotBeSentIsSaid) {
  Buffer rights;
  append_linux(rights, SOL_SOCKET, SCM_RIGHTS, 3);
  EXPECT_EQ(control_to_netbsd(rights).code(), EOPNOTSUPP);
  Buffer unknown;
  append_linux(unknown, 4711, 1, 3);
  EXPECT_EQ(control_to_netbsd(unknown).code(), EINVAL);
  Buffer small;
  append_linux(small, IPPROTO_IP, IP_PKTINFO, 3);
  EXPECT_EQ(control_to_netbsd(small).code(), EINVAL);
  EXPECT_EQ(control_to_netbsd(Buffer(kLargestControl + 1)).code(), ENOBUFS);
  EXPECT_TRUE(control_to_netbsd({})->empty());
}

}  // namespace
}  // namespace farcall::personality
