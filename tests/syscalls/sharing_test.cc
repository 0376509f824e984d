// Several sockets at one port: SO_REUSEPORT and SO_REUSEADDR.
#include <poll.h>

#include <vector>

#include "support.h"

namespace farcall::conformance {
namespace {

constexpr int kPeers = 32;

Fd socket_with(int family, int type, int option) {
  Fd fd(socket(family, type, 0));
  const int on = 1;
  EXPECT_THAT(setsockopt(fd.get(), SOL_SOCKET, option, &on, sizeof on), Succeeds());
  return fd;
}

class Sharing : public BothFamilies {
 protected:
  /// Two sockets at one port of the loopback address.
  Sharing() = default;

  void share(int type) {
    for (Fd& fd : shared_) {
      fd = socket_with(GetParam(), type, SO_REUSEPORT);
      ASSERT_THAT(bind(fd.get(), where_.get(), where_.length), Succeeds());
      if (type == SOCK_STREAM) {
        ASSERT_THAT(listen(fd.get(), kPeers), Succeeds());
      }
      where_ = local_address(fd.get());
    }
  }

  Address where_ = loopback(GetParam());
  Fd shared_[2];
};
FARCALL_BOTH_FAMILIES(Sharing);

TEST_P(Sharing, EachConnectionReachesOneOfTwoListeners) {
  share(SOCK_STREAM);
  std::vector<Fd> clients;
  for (int i = 0; i < kPeers; ++i) {
    clients.emplace_back(socket(GetParam(), SOCK_STREAM, 0));
    ASSERT_THAT(connect(clients.back().get(), where_.get(), where_.length), Succeeds());
    pollfd entries[] = {{shared_[0].get(), POLLIN, 0}, {shared_[1].get(), POLLIN, 0}};
    ASSERT_EQ(poll(entries, 2, 10'000), 1);
    const Fd server(accept(shared_[entries[0].revents != 0 ? 0 : 1].get(), nullptr, nullptr));
    ASSERT_TRUE(server.valid());
    EXPECT_EQ(peer_address(server.get()), local_address(clients.back().get()));
  }
}

TEST_P(Sharing, AListenerTakesOverWhenTheOtherCloses) {
  share(SOCK_STREAM);
  shared_[0].reset();
  const Fd client(socket(GetParam(), SOCK_STREAM, 0));
  ASSERT_THAT(connect(client.get(), where_.get(), where_.length), Succeeds());
  EXPECT_TRUE(Fd(accept(shared_[1].get(), nullptr, nullptr)).valid());
}

TEST_P(Sharing, EachDatagramReachesOneOfTwoSockets) {
  share(SOCK_DGRAM);
  for (int i = 0; i < kPeers; ++i) {
    const Fd sender(socket(GetParam(), SOCK_DGRAM, 0));
    ASSERT_EQ(sendto(sender.get(), "x", 1, 0, where_.get(), where_.length), 1);
    pollfd entries[] = {{shared_[0].get(), POLLIN, 0}, {shared_[1].get(), POLLIN, 0}};
    ASSERT_EQ(poll(entries, 2, 10'000), 1);
    char byte = 0;
    EXPECT_EQ(recv(shared_[entries[0].revents != 0 ? 0 : 1].get(), &byte, 1, 0), 1);
  }
}

TEST_P(Sharing, BothMustWantIt) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const Fd alone = bound_socket(GetParam(), type);
    const Address where = local_address(alone.get());
    const Fd second = socket_with(GetParam(), type, SO_REUSEPORT);
    EXPECT_THAT(bind(second.get(), where.get(), where.length), FailsWith(EADDRINUSE));
  }
}

TEST_P(Sharing, ReuseOfAnAddressIsNotEnoughWhileSomebodyListens) {
  const Fd first = socket_with(GetParam(), SOCK_STREAM, SO_REUSEADDR);
  ASSERT_THAT(bind(first.get(), where_.get(), where_.length), Succeeds());
  ASSERT_THAT(listen(first.get(), 1), Succeeds());
  where_ = local_address(first.get());
  const Fd second = socket_with(GetParam(), SOCK_STREAM, SO_REUSEADDR);
  EXPECT_THAT(bind(second.get(), where_.get(), where_.length), FailsWith(EADDRINUSE));
}

}  // namespace
}  // namespace farcall::conformance
