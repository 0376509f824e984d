#include "personality/netbsd.h"

#include "personality/flags.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace farcall::personality {
namespace {

TEST(OpenFlags, GoThereAndBack) {
  for (const int flags : {O_RDONLY, O_WRONLY, O_RDWR | O_NONBLOCK, O_WRONLY | O_APPEND,
                          O_RDWR | O_ASYNC | O_NONBLOCK, O_RDONLY | O_SYNC, O_RDONLY | O_DIRECT}) {
    const auto there = open_flags_to_netbsd(flags);
    ASSERT_TRUE(there.ok());
    EXPECT_EQ(file_flags_to_linux(*there), flags);
  }
}

TEST(OpenFlags, HaveNetbsdsBits) {
  EXPECT_EQ(*open_flags_to_netbsd(O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC),
            NB_O_WRONLY | NB_O_CREAT | NB_O_TRUNC);
  EXPECT_EQ(open_flags_to_netbsd(O_PATH).code(), EOPNOTSUPP);
}

TEST(OpenFlags, CreationFlagsDoNotShowInGetfl) {
  EXPECT_EQ(file_flags_to_linux(NB_O_RDWR | NB_O_CREAT | NB_O_TRUNC), O_RDWR);
}

TEST(OpenFlags, SetflDropsWhatLinuxDrops) {
  EXPECT_EQ(settable_flags_to_netbsd(O_RDWR | O_NONBLOCK | O_CREAT), NB_O_NONBLOCK);
}

TEST(MessageFlags, AreTranslated) {
  EXPECT_EQ(*send_flags_to_netbsd(MSG_NOSIGNAL | MSG_DONTWAIT | MSG_MORE),
            NB_MSG_NOSIGNAL | NB_MSG_DONTWAIT | NB_MSG_NBIO);
  EXPECT_EQ(*receive_flags_to_netbsd(MSG_PEEK | MSG_WAITALL | MSG_TRUNC),
            NB_MSG_PEEK | NB_MSG_WAITALL);
  EXPECT_EQ(message_flags_to_linux(NB_MSG_TRUNC | NB_MSG_CTRUNC | NB_MSG_BCAST),
            MSG_TRUNC | MSG_CTRUNC);
}

TEST(MessageFlags, TheErrorQueueIsAlwaysEmpty) {
  EXPECT_EQ(receive_flags_to_netbsd(MSG_ERRQUEUE | MSG_DONTWAIT).code(), EAGAIN);
}

struct SocketCase {
  int domain, type, protocol, error;
};

TEST(SocketArguments, AreJudgedAsByLinux) {
  constexpr SocketCase kCases[] = {
      {AF_INET, SOCK_STREAM, 0, 0},
      {AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP, 0},
      {AF_INET, SOCK_DGRAM, IPPROTO_UDP, 0},
      {AF_INET, SOCK_RAW, IPPROTO_ICMP, 0},
      {AF_UNIX, SOCK_SEQPACKET, 0, 0},
      {AF_INET, SOCK_DGRAM, IPPROTO_ICMP, EACCES},
      {AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, EACCES},
      {AF_INET, SOCK_RAW, 0, EPROTONOSUPPORT},
      {AF_INET, SOCK_STREAM, IPPROTO_UDP, EPROTONOSUPPORT},
      {AF_INET, SOCK_STREAM, 262, EPROTONOSUPPORT},  // MPTCP: curl and Go try it first
      {AF_INET, SOCK_SEQPACKET, 0, ESOCKTNOSUPPORT},
      {AF_INET, 0, 0, EINVAL},
      {AF_INET, SOCK_STREAM | 0x40000, 0, EINVAL},
      {AF_NETLINK, SOCK_RAW, 0, EAFNOSUPPORT},
      {AF_PACKET, SOCK_RAW, 0, EAFNOSUPPORT},
      {-1, SOCK_STREAM, 0, EAFNOSUPPORT},
      {4711, SOCK_STREAM, 0, EAFNOSUPPORT},
  };
  for (const SocketCase& one : kCases) {
    const auto result = socket_arguments_to_netbsd(one.domain, one.type, one.protocol);
    EXPECT_EQ(result.code(), one.error) << one.domain << ' ' << one.type << ' ' << one.protocol;
  }
}

TEST(SocketArguments, CarryNonblockAndFamily) {
  const auto result = socket_arguments_to_netbsd(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->domain, NB_AF_INET6);
  EXPECT_EQ(result->type, NB_SOCK_DGRAM | NB_SOCK_NONBLOCK);
}

TEST(InterfaceFlags, MulticastHasAnotherBit) {
  const unsigned flags = interface_flags_to_linux(NB_IFF_UP | NB_IFF_MULTICAST | NB_IFF_SIMPLEX |
                                                  NB_IFF_LINK0 | NB_IFF_RUNNING);
  EXPECT_EQ(flags, unsigned{IFF_UP | IFF_MULTICAST | IFF_RUNNING});
}

TEST(InterfaceFlags, OnlyWhatCanChangeChanges) {
  const int now = NB_IFF_UP | NB_IFF_BROADCAST | NB_IFF_RUNNING | NB_IFF_MULTICAST;
  const auto down = interface_flags_to_netbsd(IFF_BROADCAST | IFF_MULTICAST, now);
  ASSERT_TRUE(down.ok());
  EXPECT_EQ(*down, now & ~NB_IFF_UP);
  EXPECT_EQ(interface_flags_to_netbsd(IFF_UP | IFF_PROMISC, now).code(), EOPNOTSUPP);
}

TEST(PollEvents, WriteBitsDiffer) {
  EXPECT_EQ(poll_events_to_netbsd(POLLIN | POLLOUT | POLLPRI), NB_POLLIN | NB_POLLOUT | NB_POLLPRI);
  EXPECT_EQ(poll_events_to_netbsd(POLLWRNORM), NB_POLLOUT);
  EXPECT_EQ(poll_events_to_linux(NB_POLLOUT, POLLWRNORM), POLLWRNORM);
  EXPECT_EQ(poll_events_to_linux(NB_POLLOUT, POLLOUT), POLLOUT);
  EXPECT_EQ(poll_events_to_linux(NB_POLLWRBAND, POLLWRBAND), POLLWRBAND);
}

TEST(PollEvents, ErrorsAreAlwaysReported) {
  EXPECT_EQ(poll_events_to_linux(NB_POLLNVAL | NB_POLLERR | NB_POLLHUP, 0),
            POLLNVAL | POLLERR | POLLHUP);
  EXPECT_EQ(poll_events_to_linux(NB_POLLIN, POLLOUT), 0);
}

}  // namespace
}  // namespace farcall::personality
