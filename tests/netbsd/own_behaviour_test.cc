// What the tests of tests/syscalls and tests/programs excuse as NetBSD's own behaviour, shown on
// its kernel without anything of ours: no server, no personality, its own hypercalls.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "own_kernel.h"

namespace farcall::netbsd_own {
namespace {

netbsd::sockaddr_in address_of(const char* text, std::uint16_t port = 0) {
  netbsd::sockaddr_in address{};
  address.sin_len = sizeof address;
  address.sin_family = NB_AF_INET;
  address.sin_port = port;
  inet_pton(AF_INET, text, &address.sin_addr);
  return address;
}

int socket_of(int family, int type) {
  const Outcome made = call("socket30", family, type, 0);
  EXPECT_EQ(made.error, 0);
  return static_cast<int>(made.result);
}

/// Binds to a free port of the loopback address.
netbsd::sockaddr_in bind_somewhere(int fd) {
  netbsd::sockaddr_in address = address_of("127.0.0.1");
  EXPECT_EQ(call("bind", fd, &address, sizeof address).error, 0);
  unsigned length = sizeof address;
  EXPECT_EQ(call("getsockname", fd, &address, &length).error, 0);
  return address;
}

short readiness(int fd) {
  netbsd::pollfd entry{fd, NB_POLLIN, 0};
  EXPECT_EQ(call("poll", &entry, 1, 10'000).result, 1);
  return entry.revents;
}

class NetbsdsOwn : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(start_kernel("rumpuser")); }
};

TEST_F(NetbsdsOwn, ShutdownOfAnUnconnectedSocketSucceeds) {
  EXPECT_EQ(call("shutdown", socket_of(NB_AF_INET, NB_SOCK_STREAM), NB_SHUT_RDWR).error, 0);
  EXPECT_EQ(call("shutdown", socket_of(NB_AF_INET6, NB_SOCK_STREAM), NB_SHUT_RDWR).error, 0);
}

TEST_F(NetbsdsOwn, CloseWithUnreadDataIsNoReset) {
  const int listener = socket_of(NB_AF_INET, NB_SOCK_STREAM);
  const auto address = bind_somewhere(listener);
  ASSERT_EQ(call("listen", listener, 1).error, 0);
  const int client = socket_of(NB_AF_INET, NB_SOCK_STREAM);
  ASSERT_EQ(call("connect", client, &address, sizeof address).error, 0);
  const Outcome server = call("accept", listener, nullptr, nullptr);
  ASSERT_EQ(server.error, 0);
  ASSERT_EQ(call("write", client, "never read", 10).result, 10);
  EXPECT_TRUE(readiness(static_cast<int>(server.result)) & NB_POLLIN);
  ASSERT_EQ(call("close", server.result).error, 0);
  char byte = 0;
  const Outcome end = call("read", client, &byte, 1);
  EXPECT_EQ(end.error, 0);
  EXPECT_EQ(end.result, 0);
}

TEST_F(NetbsdsOwn, PollShowsAnErrorAsInput) {
  const auto nobody = bind_somewhere(socket_of(NB_AF_INET, NB_SOCK_DGRAM));
  const int closed = socket_of(NB_AF_INET, NB_SOCK_DGRAM);
  const auto address = bind_somewhere(closed);
  ASSERT_NE(nobody.sin_port, address.sin_port);
  ASSERT_EQ(call("close", closed).error, 0);
  const int sender = socket_of(NB_AF_INET, NB_SOCK_DGRAM);
  ASSERT_EQ(call("connect", sender, &address, sizeof address).error, 0);
  ASSERT_EQ(call("write", sender, "x", 1).result, 1);
  EXPECT_EQ(readiness(sender), NB_POLLIN);
  char byte = 0;
  EXPECT_EQ(call("read", sender, &byte, 1).error, NB_ECONNREFUSED);
}

/// A header and an int, as NetBSD aligns them.
struct TimeToLive {
  netbsd::cmsghdr header;
  int padding = 0;
  int value = 9;
  int end = 0;
};

Outcome send_with_time_to_live(int fd, const void* address, unsigned length) {
  TimeToLive control;
  control.header = {sizeof control.header + 4 + sizeof control.value, NB_IPPROTO_IP, NB_IP_TTL};
  char byte = 'x';
  netbsd::iovec part{&byte, 1};
  netbsd::msghdr message{};
  message.msg_name = const_cast<void*>(address);
  message.msg_namelen = length;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof control;
  return call("sendmsg", fd, &message, 0);
}

TEST_F(NetbsdsOwn, ControlMessagesAreNotSentOverIPv4) {
  const auto address = bind_somewhere(socket_of(NB_AF_INET, NB_SOCK_DGRAM));
  const int sender = socket_of(NB_AF_INET, NB_SOCK_DGRAM);
  EXPECT_EQ(send_with_time_to_live(sender, &address, sizeof address).error, NB_EINVAL);
}

TEST_F(NetbsdsOwn, ConnectWithoutRouteHasNoAddress) {
  const auto address = address_of("198.51.100.1", htons(80));
  const int client = socket_of(NB_AF_INET, NB_SOCK_STREAM);
  EXPECT_EQ(call("connect", client, &address, sizeof address).error, NB_EADDRNOTAVAIL);
}

}  // namespace
}  // namespace farcall::netbsd_own
