#include "personality/netbsd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "client_double.h"
#include "personality/personality.h"

namespace farcall::personality {
namespace {

TEST(Socket, Ipv6OnesTakeIpv4AsOnLinux) {
  testing::ClientDouble client([](const testing::SeenCall& call, long* retval) {
    if (call.number == NB_SYS_setsockopt) {
      EXPECT_EQ(call.slots[2], std::uint64_t{NB_IPV6_V6ONLY});
      EXPECT_EQ(*reinterpret_cast<const int*>(call.slots[3]), 0);
      return NB_EINVAL;  // a kernel that cannot: the socket is good all the same
    }
    *retval = 5;
    return 0;
  });
  EXPECT_EQ(personality::socket(AF_INET6, SOCK_STREAM, 0), 5);
  EXPECT_EQ(client.calls().size(), 2U);
  EXPECT_EQ(client.calls()[0].slots[0], std::uint64_t{NB_AF_INET6});
}

TEST(Socket, UnknownFamiliesNeverReachTheKernel) {
  testing::ClientDouble client([](const testing::SeenCall&, long*) { return 0; });
  EXPECT_EQ(personality::socket(AF_NETLINK, SOCK_RAW, 0), -EAFNOSUPPORT);
  EXPECT_EQ(personality::socket(AF_PACKET, SOCK_RAW, 0), -EAFNOSUPPORT);
  int pair[2];
  EXPECT_EQ(personality::socketpair(AF_INET, SOCK_STREAM, 0, pair), -EOPNOTSUPP);
  EXPECT_EQ(personality::socketpair(AF_UNIX, SOCK_STREAM, 0, nullptr), -EFAULT);
  EXPECT_TRUE(client.calls().empty());
}

TEST(Socket, ConnectToNowhereForgetsThePeer) {
  testing::ClientDouble client([](const testing::SeenCall&, long*) { return NB_EAFNOSUPPORT; });
  sockaddr nowhere = {};
  EXPECT_EQ(personality::connect(3, &nowhere, sizeof nowhere), 0);
  EXPECT_EQ(personality::bind(3, &nowhere, sizeof nowhere), -EAFNOSUPPORT);
}

TEST(Socket, AcceptedOnesDoNotInheritNonblocking) {
  testing::ClientDouble client([](const testing::SeenCall& call, long* retval) {
    *retval = 8;
    *reinterpret_cast<unsigned*>(call.slots[2]) = 0;  // a peer without a name
    return 0;
  });
  sockaddr_storage peer;
  socklen_t length = sizeof peer;
  auto* address = reinterpret_cast<sockaddr*>(&peer);
  EXPECT_EQ(personality::accept4(3, address, &length, SOCK_NONBLOCK), 8);
  EXPECT_EQ(length, 0U);
  EXPECT_EQ(client.calls()[0].number, NB_SYS_paccept);
  EXPECT_EQ(client.calls()[0].slots[4], std::uint64_t{NB_SOCK_NONBLOCK});
  EXPECT_EQ(personality::accept4(3, nullptr, nullptr, 1), -EINVAL);
  EXPECT_EQ(personality::accept4(3, address, nullptr, 0), -EFAULT);
}

TEST(Socket, AKernelThatLiesAboutLengthsIsNotBelieved) {
  testing::ClientDouble client([](const testing::SeenCall& call, long*) {
    *reinterpret_cast<unsigned*>(call.slots[2]) = 0xffffffff;
    return 0;
  });
  sockaddr_storage name;
  socklen_t length = sizeof name;
  EXPECT_EQ(personality::getsockname(3, reinterpret_cast<sockaddr*>(&name), &length), 0);
  EXPECT_EQ(length, sizeof(sa_family_t));
}

TEST(Socket, BacklogsAreLoweredToTheMost) {
  testing::ClientDouble client([](const testing::SeenCall&, long*) { return 0; });
  EXPECT_EQ(personality::listen(3, -1), 0);
  EXPECT_EQ(personality::listen(3, 4096), 0);
  EXPECT_EQ(personality::listen(3, 5), 0);
  EXPECT_EQ(client.calls()[0].slots[1], std::uint64_t{NB_SOMAXCONN});
  EXPECT_EQ(client.calls()[1].slots[1], std::uint64_t{NB_SOMAXCONN});
  EXPECT_EQ(client.calls()[2].slots[1], 5U);
}

TEST(Fcntl, StatusFlagsAreTranslatedBothWays) {
  testing::ClientDouble client([](const testing::SeenCall& call, long* retval) {
    *retval = call.slots[1] == NB_F_GETFL ? NB_O_RDWR | NB_O_NONBLOCK : 0;
    return 0;
  });
  EXPECT_EQ(personality::fcntl(3, F_GETFL, 0), O_RDWR | O_NONBLOCK);
  EXPECT_EQ(personality::fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK | O_APPEND), 0);
  EXPECT_EQ(client.calls()[1].slots[2], std::uint64_t{NB_O_NONBLOCK | NB_O_APPEND});
}

TEST(Fcntl, LocksHaveOtherNumbers) {
  testing::ClientDouble client([](const testing::SeenCall& call, long*) {
    auto* lock = reinterpret_cast<netbsd::flock*>(call.slots[2]);
    EXPECT_EQ(lock->l_type, NB_F_WRLCK);
    lock->l_type = NB_F_UNLCK;
    return 0;
  });
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  EXPECT_EQ(personality::fcntl(3, F_GETLK, reinterpret_cast<unsigned long>(&lock)), 0);
  EXPECT_EQ(lock.l_type, F_UNLCK);
  lock.l_type = 17;
  EXPECT_EQ(personality::fcntl(3, F_SETLK, reinterpret_cast<unsigned long>(&lock)), -EINVAL);
}

TEST(Fcntl, DescriptorCommandsAreNotForTheKernel) {
  testing::ClientDouble client([](const testing::SeenCall&, long*) { return 0; });
  for (const int command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_SETPIPE_SZ, 4711}) {
    EXPECT_EQ(personality::fcntl(3, command, 0), -EINVAL) << command;
  }
  EXPECT_TRUE(client.calls().empty());
}

TEST(Pipe, KnowsOnlyTwoFlags) {
  testing::ClientDouble client([](const testing::SeenCall&, long*) { return 0; });
  int pair[2] = {-1, -1};
  EXPECT_EQ(personality::pipe2(pair, O_NONBLOCK | O_CLOEXEC), 0);
  EXPECT_EQ(client.calls()[0].slots[1], std::uint64_t{NB_O_NONBLOCK});
  EXPECT_EQ(personality::pipe2(pair, O_DIRECT), -EINVAL);
  EXPECT_EQ(personality::pipe2(nullptr, 0), -EFAULT);
}

TEST(Stat, MembersFindTheirPlaces) {
  testing::ClientDouble client([](const testing::SeenCall& call, long*) {
    auto* there = reinterpret_cast<netbsd::stat*>(call.slots[1]);
    there->st_mode = 0140777;
    there->st_size = 1L << 40;
    there->st_ino = 12;
    there->st_mtim = {3, 4};
    return 0;
  });
  struct stat here;
  ASSERT_EQ(personality::fstat(3, &here), 0);
  EXPECT_TRUE(S_ISSOCK(here.st_mode));
  EXPECT_EQ(here.st_size, 1L << 40);
  EXPECT_EQ(here.st_ino, 12U);
  EXPECT_EQ(here.st_mtim.tv_nsec, 4);
  EXPECT_EQ(personality::fstat(3, nullptr), -EFAULT);
}

}  // namespace
}  // namespace farcall::personality
