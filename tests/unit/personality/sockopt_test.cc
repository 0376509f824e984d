#include "personality/netbsd.h"

#include <gtest/gtest.h>
#include <linux/icmpv6.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <string_view>

#include "client_double.h"
#include "personality/personality.h"
#include "personality/sockopt_table.h"
#include "personality/sockopt_value.h"

namespace farcall::personality {
namespace {

template <class T>
OptionBytes bytes_of(const T& value) {
  const auto* first = reinterpret_cast<const std::byte*>(&value);
  return OptionBytes(first, first + sizeof value);
}

template <class T>
T value_of(const OptionBytes& bytes) {
  T value = {};
  EXPECT_EQ(bytes.size(), sizeof value);
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

const OptionRow& row(int level, int name) {
  const OptionRow* found = find_option(level, name);
  if (found == nullptr) ADD_FAILURE() << "no option " << level << ' ' << name;
  return *found;
}

TEST(SockoptTable, NoOptionStandsTwice) {
  std::set<std::pair<int, int>> seen;
  for (const OptionRow& one : option_table()) {
    EXPECT_TRUE(seen.insert({one.level, one.name}).second) << one.level << ' ' << one.name;
  }
}

TEST(SockoptTable, WhatIsNotReallyDoneSaysWhy) {
  for (const OptionRow& one : option_table()) {
    if (one.kind != OptionKind::hint && one.kind != OptionKind::only_off) continue;
    EXPECT_FALSE(std::string_view(one.note).empty()) << one.level << ' ' << one.name;
  }
}

TEST(SockoptTable, HasWhatUsualProgramsSet) {
  EXPECT_EQ(row(SOL_SOCKET, SO_REUSEADDR).netbsd_name, NB_SO_REUSEADDR);
  EXPECT_EQ(row(SOL_SOCKET, SO_REUSEADDR).netbsd_level, NB_SOL_SOCKET);
  EXPECT_EQ(row(IPPROTO_TCP, TCP_KEEPIDLE).netbsd_name, NB_TCP_KEEPIDLE);
  EXPECT_EQ(row(IPPROTO_IPV6, IPV6_V6ONLY).netbsd_name, NB_IPV6_V6ONLY);
  EXPECT_EQ(find_option(SOL_SOCKET, 4711), nullptr);
}

TEST(SockoptValue, IntegersMustBeWhole) {
  const OptionRow& option = row(SOL_SOCKET, SO_KEEPALIVE);
  EXPECT_EQ(option_to_netbsd(option, OptionBytes(3)).code(), EINVAL);
  EXPECT_EQ(value_of<int>(*option_to_netbsd(option, bytes_of(1))), 1);
  EXPECT_EQ(value_of<int>(*option_to_netbsd(option, bytes_of(std::uint64_t{1}))), 1);
}

TEST(SockoptValue, IpOptionsMayBeOneByte) {
  const OptionRow& ttl = row(IPPROTO_IP, IP_TTL);
  EXPECT_EQ(value_of<int>(*option_to_netbsd(ttl, OptionBytes{std::byte{77}})), 77);
  EXPECT_EQ(option_to_netbsd(ttl, {}).code(), EINVAL);
  const OptionRow& hops = row(IPPROTO_IP, IP_MULTICAST_TTL);
  EXPECT_EQ(value_of<unsigned char>(*option_to_netbsd(hops, bytes_of(3))), 3);
  EXPECT_EQ(option_to_netbsd(hops, bytes_of(256)).code(), EINVAL);
}

TEST(SockoptValue, TimesHaveSmallerMicroseconds) {
  const OptionRow& option = row(SOL_SOCKET, SO_RCVTIMEO);
  const auto there = option_to_netbsd(option, bytes_of(timeval{5, 250'000}));
  ASSERT_TRUE(there.ok());
  EXPECT_EQ(value_of<netbsd::timeval>(*there).tv_usec, 250'000);
  netbsd::timeval kernel;
  std::memset(&kernel, 0xff, sizeof kernel);  // padding of any content
  kernel.tv_sec = 7;
  kernel.tv_usec = 1;
  const auto back = value_of<timeval>(option_to_linux(option, bytes_of(kernel)));
  EXPECT_EQ(back.tv_sec, 7);
  EXPECT_EQ(back.tv_usec, 1);
  EXPECT_EQ(option_to_netbsd(option, bytes_of(timeval{0, 1'000'000})).code(), EDOM);
  const auto none = option_to_netbsd(option, bytes_of(timeval{-1, 0}));
  EXPECT_GT(value_of<netbsd::timeval>(*none).tv_usec, 0);
}

TEST(SockoptValue, PendingErrorsAreTranslated) {
  const OptionRow& option = row(SOL_SOCKET, SO_ERROR);
  EXPECT_EQ(value_of<int>(option_to_linux(option, bytes_of(int{NB_ECONNREFUSED}))), ECONNREFUSED);
  EXPECT_EQ(value_of<int>(option_to_linux(option, bytes_of(0))), 0);
  EXPECT_EQ(option_to_netbsd(option, bytes_of(1)).code(), ENOPROTOOPT);
}

TEST(SockoptValue, MembershipsByIndexUseTheZeroNetwork) {
  ip_mreqn request = {};
  request.imr_multiaddr.s_addr = htonl(0xe0000001);
  request.imr_ifindex = 2;
  const auto there = option_to_netbsd(row(IPPROTO_IP, IP_ADD_MEMBERSHIP), bytes_of(request));
  ASSERT_TRUE(there.ok());
  EXPECT_EQ(value_of<netbsd::ip_mreq>(*there).imr_interface.s_addr, htonl(2));
}

TEST(SockoptValue, Icmp6FilterBitsAreTheOpposite) {
  const OptionRow& option = row(IPPROTO_ICMPV6, ICMPV6_FILTER);
  OptionBytes blocks_all(32, std::byte{0xff});
  EXPECT_EQ(*option_to_netbsd(option, blocks_all), OptionBytes(32, std::byte{0}));
  EXPECT_EQ(option_to_netbsd(option, OptionBytes(31)).code(), EINVAL);
}

TEST(SockoptValue, WhatIsAbsentCanOnlyBeSwitchedOff) {
  const OptionRow& option = row(SOL_SOCKET, SO_PASSCRED);
  EXPECT_TRUE(option_to_netbsd(option, bytes_of(0)).ok());
  EXPECT_EQ(option_to_netbsd(option, bytes_of(1)).code(), ENOPROTOOPT);
  const OptionRow& device = row(SOL_SOCKET, SO_BINDTODEVICE);
  EXPECT_TRUE(option_to_netbsd(device, {}).ok());
  EXPECT_EQ(option_to_netbsd(device, bytes_of(*"lo0")).code(), ENOPROTOOPT);
}

TEST(SockoptValue, HugeValuesAreRefused) {
  for (const OptionRow& one : option_table()) {
    EXPECT_FALSE(option_to_netbsd(one, OptionBytes(kLargestOption + 1)).ok());
  }
}

TEST(SockoptValue, NoShortValueIsReadBeyondItsEnd) {
  for (const OptionRow& one : option_table()) {
    for (std::size_t size = 0; size < 40; ++size) {
      // On the heap and exact, so that the address sanitizer sees a byte too many.
      const OptionBytes value(size);
      (void)option_to_netbsd(one, value);
      if (size != 0) (void)option_to_linux(one, value);
    }
  }
}

TEST(SockoptValue, ResultsAreCut) {
  EXPECT_EQ(cut_option(row(IPPROTO_IP, IP_TTL), bytes_of(64), 2).size(), 1U);
  EXPECT_EQ(cut_option(row(SOL_SOCKET, SO_TYPE), bytes_of(1), 2).size(), 2U);
  EXPECT_EQ(cut_option(row(SOL_SOCKET, SO_TYPE), bytes_of(1), 100).size(), 4U);
}

TEST(Sockopt, TooLargeBuffersAreLoweredAsLinuxDoes) {
  int taken = 0;
  testing::ClientDouble client([&](const testing::SeenCall& call, long*) {
    std::memcpy(&taken, reinterpret_cast<const void*>(call.slots[3]), sizeof taken);
    return taken > 4 << 20 ? NB_ENOBUFS : 0;
  });
  const int wanted = 100 << 20;
  EXPECT_EQ(personality::setsockopt(3, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted), 0);
  EXPECT_LE(taken, 4 << 20);
  EXPECT_GT(taken, 1 << 20);
}

TEST(Sockopt, BadLengthsNeverReachTheKernel) {
  testing::ClientDouble client([](const testing::SeenCall&, long*) { return 0; });
  int value = 1;
  EXPECT_EQ(personality::setsockopt(3, SOL_SOCKET, SO_DEBUG, &value, static_cast<socklen_t>(-1)),
            -EINVAL);
  EXPECT_EQ(personality::setsockopt(3, SOL_SOCKET, SO_DEBUG, nullptr, 4), -EFAULT);
  EXPECT_EQ(personality::getsockopt(3, SOL_SOCKET, SO_DEBUG, &value, nullptr), -EFAULT);
  socklen_t negative = static_cast<socklen_t>(-4);
  EXPECT_EQ(personality::getsockopt(3, SOL_SOCKET, SO_DEBUG, &value, &negative), -EINVAL);
  EXPECT_EQ(personality::setsockopt(3, 4711, 1, &value, sizeof value), -ENOPROTOOPT);
  EXPECT_TRUE(client.calls().empty());
}

}  // namespace
}  // namespace farcall::personality
