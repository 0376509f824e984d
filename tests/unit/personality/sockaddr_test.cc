#include "personality/netbsd.h"

#include "personality/sockaddr.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace farcall::personality {
namespace {

template <class T>
const sockaddr* generic(const T& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in in = {};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return in;
}

TEST(Sockaddr, Ipv4GoesThereAndBack) {
  const sockaddr_in in = loopback(8080);
  const auto there = address_to_netbsd(generic(in), sizeof in);
  ASSERT_TRUE(there.ok());
  EXPECT_EQ(there->size, sizeof(netbsd::sockaddr_in));
  EXPECT_EQ(there->bytes[0], there->size);
  EXPECT_EQ(there->family(), NB_AF_INET);
  const LinuxAddress back = address_to_linux(there->bytes, there->size);
  ASSERT_EQ(back.size, sizeof in);
  EXPECT_EQ(std::memcmp(&back.storage, &in, sizeof in), 0);
}

TEST(Sockaddr, Ipv6KeepsScopeAndTakesAnotherFamilyNumber) {
  sockaddr_in6 in6 = {};
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(53);
  in6.sin6_scope_id = 3;
  inet_pton(AF_INET6, "fe80::1", &in6.sin6_addr);
  const auto there = address_to_netbsd(generic(in6), sizeof in6);
  ASSERT_TRUE(there.ok());
  EXPECT_EQ(there->family(), NB_AF_INET6);
  const LinuxAddress back = address_to_linux(there->bytes, there->size);
  ASSERT_EQ(back.size, sizeof in6);
  EXPECT_EQ(std::memcmp(&back.storage, &in6, sizeof in6), 0);
}

TEST(Sockaddr, LocalPathsEndWhereTheyEnd) {
  sockaddr_un un = {};
  un.sun_family = AF_UNIX;
  std::strcpy(un.sun_path, "/tmp/s");
  const auto there = address_to_netbsd(generic(un), sizeof un);
  ASSERT_TRUE(there.ok());
  EXPECT_EQ(there->size, 2U + 6 + 1);
  const LinuxAddress back = address_to_linux(there->bytes, there->size);
  EXPECT_EQ(back.size, offsetof(sockaddr_un, sun_path) + 7);
  EXPECT_STREQ(reinterpret_cast<const sockaddr_un&>(back.storage).sun_path, "/tmp/s");
}

TEST(Sockaddr, UnnamedLocalAddressIsTheFamilyAlone) {
  const unsigned char nameless[] = {2, NB_AF_UNIX};
  EXPECT_EQ(address_to_linux(nameless, sizeof nameless).size, sizeof(sa_family_t));
}

struct LengthCase {
  int family;
  socklen_t length;
  int error;
};

TEST(Sockaddr, LengthsAreCheckedBeforeTheAddressIsRead) {
  constexpr LengthCase kCases[] = {
      {AF_INET, 0, EINVAL},
      {AF_INET, 1, EINVAL},
      {AF_INET, 15, EINVAL},
      {AF_INET, 16, 0},
      {AF_INET, 128, 0},
      {AF_INET, 129, EINVAL},
      {AF_INET, 0xffffffff, EINVAL},
      {AF_INET, 0x80000000, EINVAL},
      {AF_INET6, 23, EINVAL},
      {AF_INET6, 24, 0},
      {AF_INET6, 28, 0},
      {AF_UNIX, 2, EINVAL},
      {AF_UNIX, 111, EINVAL},
      {AF_NETLINK, 12, EAFNOSUPPORT},
      {AF_UNSPEC, 2, 0},
      {AF_UNSPEC, 16, 0},
  };
  for (const LengthCase& one : kCases) {
    sockaddr_storage storage = {};
    storage.ss_family = static_cast<sa_family_t>(one.family);
    EXPECT_EQ(address_to_netbsd(generic(storage), one.length).code(), one.error)
        << one.family << ' ' << one.length;
  }
  EXPECT_EQ(address_to_netbsd(nullptr, 16).code(), EFAULT);
}

TEST(Sockaddr, LocalPathsThatDoNotFitAreRefused) {
  sockaddr_un un = {};
  un.sun_family = AF_UNIX;
  std::memset(un.sun_path, 'x', sizeof un.sun_path);
  EXPECT_EQ(address_to_netbsd(generic(un), sizeof un).code(), ENAMETOOLONG);
  un.sun_path[0] = '\0';  // abstract
  EXPECT_EQ(address_to_netbsd(generic(un), sizeof un).code(), EINVAL);
}

TEST(Sockaddr, ShortKernelAddressesAreFilledWithZeros) {
  const unsigned char bytes[] = {16, NB_AF_INET, 0, 80};
  const LinuxAddress address = address_to_linux(bytes, sizeof bytes);
  const auto& in = reinterpret_cast<const sockaddr_in&>(address.storage);
  EXPECT_EQ(ntohs(in.sin_port), 80);
  EXPECT_EQ(in.sin_addr.s_addr, 0U);
  EXPECT_EQ(address_to_linux(bytes, 0).size, 0U);
  EXPECT_EQ(address_to_linux(bytes, 1).storage.ss_family, AF_UNSPEC);
}

TEST(StoreAddress, CutsAndTellsTheTrueLength) {
  const sockaddr_in in = loopback(1);
  const auto there = address_to_netbsd(generic(in), sizeof in);
  const LinuxAddress from = address_to_linux(there->bytes, there->size);
  unsigned char room[32];
  std::memset(room, 0xee, sizeof room);
  socklen_t length = 4;
  EXPECT_EQ(store_address(from, reinterpret_cast<sockaddr*>(room), &length), 0);
  EXPECT_EQ(length, sizeof in);
  EXPECT_EQ(room[4], 0xee);
  length = static_cast<socklen_t>(-1);
  EXPECT_EQ(store_address(from, reinterpret_cast<sockaddr*>(room), &length), -EINVAL);
  EXPECT_EQ(store_address(from, reinterpret_cast<sockaddr*>(room), nullptr), -EFAULT);
  length = 16;
  EXPECT_EQ(store_address(from, nullptr, &length), -EFAULT);
}

}  // namespace
}  // namespace farcall::personality
