// UDP sockets.
#include <poll.h>

#include "support.h"

namespace farcall::conformance {
namespace {

class Datagram : public BothFamilies {
 protected:
  Fd receiver = bound_socket(GetParam(), SOCK_DGRAM);
  Fd sender = bound_socket(GetParam(), SOCK_DGRAM);
  Address to = local_address(receiver.get());

  void send_datagram(const std::string& data) {
    ASSERT_EQ(sendto(sender.get(), data.data(), data.size(), 0, to.get(), to.length),
              static_cast<ssize_t>(data.size()));
  }
};
FARCALL_BOTH_FAMILIES(Datagram);

TEST_P(Datagram, KeepsItsBoundsAndItsSender) {
  for (const std::size_t size : {0U, 1U, 512U, 1472U, 9000U}) {
    send_datagram(std::string(size, 'd'));
    char buffer[16384];
    Address from;
    EXPECT_EQ(recvfrom(receiver.get(), buffer, sizeof buffer, 0, from.get(), &from.length),
              static_cast<ssize_t>(size));
    EXPECT_EQ(from, local_address(sender.get()));
  }
}

TEST_P(Datagram, WhatDoesNotFitIsLost) {
  send_datagram("0123456789");
  send_datagram("next");
  char buffer[5] = {};
  EXPECT_EQ(recv(receiver.get(), buffer, 4, MSG_TRUNC), 10);
  EXPECT_STREQ(buffer, "0123");
  EXPECT_EQ(recv(receiver.get(), buffer, 4, 0), 4);
  EXPECT_STREQ(buffer, "next");
}

TEST_P(Datagram, ConnectedSocketHearsOnlyItsPeer) {
  const Fd stranger = bound_socket(GetParam(), SOCK_DGRAM);
  const Address peer = local_address(sender.get());
  ASSERT_THAT(connect(receiver.get(), peer.get(), peer.length), Succeeds());
  EXPECT_EQ(peer_address(receiver.get()), peer);
  ASSERT_EQ(sendto(stranger.get(), "stranger", 8, 0, to.get(), to.length), 8);
  send_datagram("peer");
  char buffer[16] = {};
  EXPECT_EQ(recv(receiver.get(), buffer, sizeof buffer, 0), 4);
  EXPECT_STREQ(buffer, "peer");
}

TEST_P(Datagram, DisconnectedByUnspecifiedFamily) {
  const Address peer = local_address(sender.get());
  ASSERT_THAT(connect(receiver.get(), peer.get(), peer.length), Succeeds());
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  ASSERT_THAT(connect(receiver.get(), &nobody, sizeof nobody), Succeeds());
  Address address;
  EXPECT_THAT(getpeername(receiver.get(), address.get(), &address.length), FailsWith(ENOTCONN));
}

TEST_P(Datagram, WithoutDestination) {
  EXPECT_THAT(send(sender.get(), "x", 1, 0), FailsWith(EDESTADDRREQ));
}

TEST_P(Datagram, TooLarge) {
  const std::string data(70'000, 'x');
  EXPECT_THAT(sendto(sender.get(), data.data(), data.size(), 0, to.get(), to.length),
              FailsWith(EMSGSIZE));
}

TEST_P(Datagram, NobodyReceives) {
  receiver.reset();
  ASSERT_THAT(connect(sender.get(), to.get(), to.length), Succeeds());
  ASSERT_EQ(send(sender.get(), "x", 1, 0), 1);
  const short shown = wait_for(sender.get(), POLLIN);
  if (on_netbsd()) {
    EXPECT_EQ(shown, POLLIN);
  } else {
    EXPECT_NE(shown & POLLERR, 0);
  }
  char byte = 0;
  EXPECT_THAT(recv(sender.get(), &byte, 1, MSG_DONTWAIT), FailsWith(ECONNREFUSED));
}

TEST_P(Datagram, IsNoListener) {
  EXPECT_THAT(listen(receiver.get(), 1), FailsWith(EOPNOTSUPP));
  EXPECT_THAT(accept(receiver.get(), nullptr, nullptr), FailsWith(EOPNOTSUPP));
}

Pair local_pair(int type) {
  int ends[2] = {-1, -1};
  EXPECT_THAT(socketpair(AF_UNIX, type, 0, ends), Succeeds());
  return {Fd(ends[0]), Fd(ends[1])};
}

// Of local sockets, which NetBSD's kernel by itself gives 2 to 4 KiB.
TEST(LocalRoom, IsEnoughForALongDatagram) {
  const Pair local = local_pair(SOCK_DGRAM);
  const std::string data(60'000, 'd');
  ASSERT_EQ(send(local.client.get(), data.data(), data.size(), MSG_DONTWAIT),
            static_cast<ssize_t>(data.size()));
  std::string back(data.size() + 1, ' ');
  EXPECT_EQ(recv(local.server.get(), back.data(), back.size(), MSG_DONTWAIT),
            static_cast<ssize_t>(data.size()));
}

TEST(LocalRoom, IsEnoughForAWriterOfMuchWhomNobodyReads) {
  const Pair local = local_pair(SOCK_STREAM);
  const std::string data(60'000, 'd');
  EXPECT_EQ(send(local.client.get(), data.data(), data.size(), MSG_DONTWAIT),
            static_cast<ssize_t>(data.size()));
}

}  // namespace
}  // namespace farcall::conformance
