#include "personality/netbsd.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <string_view>

#include "client_double.h"
#include "personality/descriptor_kind.h"
#include "personality/personality.h"

namespace farcall::personality {
namespace {

constexpr int kKfd = 9;

class Messages : public ::testing::Test {
 protected:
  void SetUp() override { remember_kind(kKfd, DescriptorKind::other); }
};

/// A datagram socket on which one datagram of ten bytes from 127.0.0.1 waits for ever.
int one_datagram(const testing::SeenCall& call, long* retval) {
  constexpr std::string_view kData = "0123456789";
  if (call.number == NB_SYS_getsockopt) {
    *reinterpret_cast<int*>(call.slots[3]) = NB_SOCK_DGRAM;
    return 0;
  }
  if (call.number != NB_SYS_recvmsg) return NB_ENOSYS;
  auto* header = reinterpret_cast<netbsd::msghdr*>(call.slots[1]);
  auto* vectors = static_cast<iovec*>(header->msg_iov);
  std::size_t done = 0;
  for (int i = 0; i < header->msg_iovlen; ++i) {
    const std::size_t part = std::min(vectors[i].iov_len, kData.size() - done);
    std::memcpy(vectors[i].iov_base, kData.data() + done, part);
    done += part;
  }
  header->msg_flags = done < kData.size() ? NB_MSG_TRUNC : 0;
  if (header->msg_name != nullptr) {
    netbsd::sockaddr_in from = {16, NB_AF_INET, htons(53), {htonl(INADDR_LOOPBACK)}, {}};
    std::memcpy(header->msg_name, &from, sizeof from);
    header->msg_namelen = sizeof from;
  }
  *retval = static_cast<long>(done);
  return 0;
}

TEST_F(Messages, TruncatedOnesTellTheirTrueLengthOnDemand) {
  testing::ClientDouble client(one_datagram);
  char room[5] = "....";
  EXPECT_EQ(personality::recvfrom(kKfd, room, 4, MSG_TRUNC, nullptr, nullptr), 10);
  EXPECT_STREQ(room, "0123");
  iovec vector{room, 4};
  msghdr message = {};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  EXPECT_EQ(personality::recvmsg(kKfd, &message, MSG_TRUNC), 10);
  EXPECT_EQ(message.msg_flags, MSG_TRUNC);
  EXPECT_EQ(personality::recvmsg(kKfd, &message, 0), 4);
  EXPECT_EQ(message.msg_flags, MSG_TRUNC);
}

TEST_F(Messages, SendersAreNamed) {
  testing::ClientDouble client(one_datagram);
  char room[16];
  iovec vector{room, sizeof room};
  sockaddr_in from = {};
  msghdr message = {};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  ASSERT_EQ(personality::recvmsg(kKfd, &message, 0), 10);
  EXPECT_EQ(message.msg_namelen, sizeof from);
  EXPECT_EQ(from.sin_family, AF_INET);
  EXPECT_EQ(from.sin_port, htons(53));
}

TEST_F(Messages, ReceiveTimesOutOnlyBetweenMessages) {
  testing::ClientDouble client(one_datagram);
  char room[16];
  iovec vector{room, sizeof room};
  mmsghdr messages[3] = {};
  for (mmsghdr& one : messages) {
    one.msg_hdr.msg_iov = &vector;
    one.msg_hdr.msg_iovlen = 1;
  }
  timespec none = {0, 0};
  EXPECT_EQ(personality::recvmmsg(kKfd, messages, 3, 0, &none), 1);
  EXPECT_EQ(messages[0].msg_len, 10U);
  EXPECT_EQ(personality::recvmmsg(kKfd, messages, 3, 0, nullptr), 3);
  timespec bad = {0, 1'000'000'000};
  EXPECT_EQ(personality::recvmmsg(kKfd, messages, 3, 0, &bad), -EINVAL);
}

TEST_F(Messages, MalformedOnesNeverReachTheKernel) {
  testing::ClientDouble client([](const testing::SeenCall&, long*) { return 0; });
  EXPECT_EQ(personality::sendmsg(kKfd, nullptr, 0), -EFAULT);
  msghdr message = {};
  message.msg_iovlen = 1025;
  EXPECT_EQ(personality::sendmsg(kKfd, &message, 0), -EMSGSIZE);
  EXPECT_EQ(personality::recvmsg(kKfd, &message, 0), -EMSGSIZE);
  message.msg_iovlen = SIZE_MAX;
  EXPECT_EQ(personality::recvmsg(kKfd, &message, 0), -EMSGSIZE);
  message.msg_iovlen = 1;
  EXPECT_EQ(personality::recvmsg(kKfd, &message, 0), -EFAULT);
  message = {};
  message.msg_controllen = 16;
  EXPECT_EQ(personality::sendmsg(kKfd, &message, 0), -EFAULT);
  char byte;
  message.msg_control = &byte;
  message.msg_controllen = std::size_t{INT_MAX} + 1;
  EXPECT_EQ(personality::sendmsg(kKfd, &message, 0), -ENOBUFS);
  message = {};
  message.msg_name = &byte;
  message.msg_namelen = 1;
  EXPECT_EQ(personality::sendmsg(kKfd, &message, 0), -EINVAL);
  EXPECT_EQ(personality::recvfrom(kKfd, &byte, 1, MSG_ERRQUEUE, nullptr, nullptr), -EAGAIN);
  EXPECT_TRUE(client.calls().empty());
}

TEST_F(Messages, AFailureAfterTheFirstIsForTheNextCall) {
  int calls = 0;
  testing::ClientDouble client([&](const testing::SeenCall&, long* retval) {
    *retval = 3;
    return ++calls > 2 ? NB_ECONNREFUSED : 0;
  });
  mmsghdr messages[4] = {};
  EXPECT_EQ(personality::sendmmsg(kKfd, messages, 4, 0), 2);
  EXPECT_EQ(messages[1].msg_len, 3U);
  EXPECT_EQ(personality::sendmmsg(kKfd, messages, 4, 0), -ECONNREFUSED);
}

TEST_F(Messages, PacketsWithHeadersAreChangedOnTheirWay) {
  remember_kind(kKfd, DescriptorKind::raw_ipv4_with_header);
  testing::ClientDouble client([](const testing::SeenCall& call, long* retval) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(call.slots[1]);
    EXPECT_EQ(bytes[2], 20);  // host order
    *retval = static_cast<long>(call.slots[2]);
    return 0;
  });
  unsigned char packet[20] = {0x45, 0, 0, 20};
  EXPECT_EQ(personality::write(kKfd, packet, sizeof packet), 20);
  EXPECT_EQ(packet[3], 20);
}

}  // namespace
}  // namespace farcall::personality
