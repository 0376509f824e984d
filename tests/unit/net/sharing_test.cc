// Who of several sockets at one port gets what: SO_REUSEPORT.
#include "net_testing.h"

namespace farcall::testing {
namespace {

constexpr int kPeers = 64;

class SharingTest : public NetTest {
 protected:
  /// Two sockets of one address, listening if they can.
  Address share(int type, const Address& address, int backlog) {
    Address where = address;
    for (int& fd : shared_) {
      fd = open_socket(address.storage.ss_family, type);
      set_int(fd, NB_SOL_SOCKET, NB_SO_REUSEPORT, 1);
      EXPECT_THAT(bind(fd, where), Succeeds());
      if (type == NB_SOCK_STREAM) {
        EXPECT_THAT(call(NB_SYS_listen, fd, backlog), Succeeds());
      }
      where = local_address(fd);
    }
    return where;
  }

  int accepted(int which) {
    set_nonblocking(shared_[which]);
    int count = 0;
    while (accept(shared_[which]).error == 0) ++count;
    return count;
  }

  int shared_[2] = {-1, -1};
};

TEST_F(SharingTest, ListenersShareConnections) {
  for (const Address& address : {v4("127.0.0.1"), v6("::1")}) {
    const Address where = share(NB_SOCK_STREAM, address, kPeers);
    for (int i = 0; i < kPeers; ++i) {
      EXPECT_THAT(connect(open_socket(address.storage.ss_family, NB_SOCK_STREAM), where),
                  Succeeds());
    }
    const int first = accepted(0), second = accepted(1);
    EXPECT_EQ(first + second, kPeers);
    EXPECT_GT(first, 0);
    EXPECT_GT(second, 0);
  }
}

TEST_F(SharingTest, AFullListenerIsPassedOver) {
  const Address where = share(NB_SOCK_STREAM, v4("127.0.0.1"), 1);  // room for two
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(connect(open_socket(NB_AF_INET, NB_SOCK_STREAM), where), Succeeds());
  }
  EXPECT_EQ(accepted(0), 2);
  EXPECT_EQ(accepted(1), 2);
}

TEST_F(SharingTest, DatagramsOfOnePeerStayTogether) {
  const Address where = share(NB_SOCK_DGRAM, v4("127.0.0.1"), 0);
  int got[2] = {};
  for (int i = 0; i < kPeers; ++i) {
    const int peer = open_socket(NB_AF_INET, NB_SOCK_DGRAM);
    for (int each = 0; each < 3; ++each) EXPECT_THAT(send_to(peer, "x", where), Succeeds());
    const int chosen = poll_now(shared_[0], NB_POLLIN) != 0 ? 0 : 1;
    std::string data;
    for (int each = 0; each < 3; ++each) {
      EXPECT_THAT(receive(shared_[chosen], data, 1, NB_MSG_DONTWAIT), Returns(1));
    }
    ++got[chosen];
    call(NB_SYS_close, peer);
  }
  EXPECT_GT(got[0], 0);
  EXPECT_GT(got[1], 0);
}

}  // namespace
}  // namespace farcall::testing
