// TCP with memory that a client shares: sent from where it is, and received into it.
#include <algorithm>
#include <cstddef>
#include <map>
#include <vector>

#include "farcall/arena.h"
#include "farcall/hypercall.h"
#include "net_testing.h"

struct rumpuser_loan {
  const char* begin;
  std::size_t size;
  int how;
};

namespace farcall::testing {
namespace {

constexpr std::size_t kShared = std::size_t{4} << 20;

/// Plays the server: the client's memory is this program's, and some of it is shared.
struct SharingServer {
  static inline std::vector<char> shared = std::vector<char>(kShared);
  static inline std::vector<rumpuser_loan*> loans;
  static inline std::size_t copied, kept, borrowed_to_read, borrowed_to_write;

  static int copyin(void*, const void* remote, void* local, std::size_t length) {
    copied += length;
    std::memcpy(local, remote, length);
    return 0;
  }
  static int copyout(void*, const void* local, void* remote, std::size_t length) {
    copied += length;
    std::memcpy(remote, local, length);
    return 0;
  }
  static int raise(void*, int) { return 0; }

  static int borrow(void*, const void* remote, std::size_t length, int how, void** local,
                    rumpuser_loan** loan) {
    const char* begin = static_cast<const char*>(remote);
    if (begin < shared.data() || begin + length > shared.data() + kShared) return NB_EFAULT;
    if (how == RUMPUSER_LOAN_KEEP) kept += length;
    if (how == RUMPUSER_LOAN_READ) borrowed_to_read += length;
    if (how == RUMPUSER_LOAN_WRITE) borrowed_to_write += length;
    *local = const_cast<void*>(remote);
    loans.push_back(*loan = new rumpuser_loan{begin, length, how});
    return 0;
  }
  static void give_back(rumpuser_loan* loan) {
    EXPECT_EQ(std::erase(loans, loan), 1U);
    delete loan;
  }
};

class LentTest : public NetTest {
 protected:
  void SetUp() override {
    static const farcall_sysproxy_ops ops = {.init = nullptr,
                                             .copyin = SharingServer::copyin,
                                             .copyinstr = nullptr,
                                             .copyout = SharingServer::copyout,
                                             .copyoutstr = nullptr,
                                             .anonmmap = nullptr,
                                             .raise = SharingServer::raise,
                                             .fini = nullptr,
                                             .copyin_at_once = nullptr,
                                             .copyout_at_once = nullptr,
                                             .borrow = SharingServer::borrow,
                                             .give_back = SharingServer::give_back};
    farcall_hypercall_set_sysproxy(&ops);
    ASSERT_EQ(rump_init(), 0);
    const auto* upcalls = farcall_hypercall_upcalls();
    upcalls->hyp_schedule();
    EXPECT_EQ(upcalls->hyp_lwproc_rfork(this, RUMP_RFCFDG, "client"), 0);
    upcalls->hyp_unschedule();
    std::uint32_t state = 1;
    for (char& byte : SharingServer::shared) {
      byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    }
    SharingServer::kept = SharingServer::borrowed_to_read = SharingServer::borrowed_to_write = 0;
  }

  static char* at(std::size_t offset) { return SharingServer::shared.data() + offset; }
  static std::string_view piece(std::size_t offset, std::size_t size) { return {at(offset), size}; }
  static Outcome lend(int fd, std::size_t offset, std::size_t size, int flags = 0) {
    return send(fd, piece(offset, size), flags | arena::kMsgLend);
  }
  static void close_with_reset(int fd) {
    const int reset[2] = {1, 0};
    call(NB_SYS_setsockopt, fd, NB_SOL_SOCKET, NB_SO_LINGER, &reset, sizeof reset);
    EXPECT_THAT(call(NB_SYS_close, fd), Succeeds());
  }
  /// Reads until there is no more, at most `size` bytes.
  static std::string receive_to_the_end(int fd, std::size_t size) {
    std::string all, part;
    while (all.size() < size && receive(fd, part, 100'000).value > 0) all += part;
    return all;
  }
};

TEST_F(LentTest, MegabytesGoUnchangedAndAreGivenBack) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  Caller sender(pid(), [&] { return lend(pair.client, 0, kShared); });
  const std::string got = receive_to_the_end(pair.server, kShared);
  EXPECT_THAT(sender.result(), Returns(kShared));
  EXPECT_TRUE(got == piece(0, kShared));
  EXPECT_EQ(SharingServer::kept, kShared);
  EXPECT_TRUE(SharingServer::loans.empty());
}

TEST_F(LentTest, WhatIsNotAcknowledgedStaysLent) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  set_nonblocking(pair.client);
  std::size_t sent = 0;
  for (Outcome outcome; outcome.error == 0; sent += static_cast<std::size_t>(outcome.value)) {
    outcome = lend(pair.client, sent, kShared - sent);
  }
  EXPECT_LT(sent, kShared);
  EXPECT_FALSE(SharingServer::loans.empty());
  EXPECT_TRUE(receive_to_the_end(pair.server, sent) == piece(0, sent));
  EXPECT_TRUE(SharingServer::loans.empty());
}

TEST_F(LentTest, WithoutTheFlagItIsCopiedFromWhereItIs) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  EXPECT_THAT(send(pair.client, piece(0, 20'000)), Returns(20'000));
  EXPECT_TRUE(SharingServer::loans.empty());
  EXPECT_EQ(SharingServer::kept, 0U);
  EXPECT_EQ(SharingServer::borrowed_to_read, 20'000U);
  EXPECT_TRUE(receive_to_the_end(pair.server, 20'000) == piece(0, 20'000));
}

TEST_F(LentTest, WhatIsNotSharedIsCopiedAllTheSame) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  const std::string own(30'000, 'x');
  EXPECT_THAT(send(pair.client, own, arena::kMsgLend), Returns(own.size()));
  EXPECT_EQ(SharingServer::kept, 0U);
  EXPECT_EQ(receive_to_the_end(pair.server, own.size()), own);
}

TEST_F(LentTest, SmallPiecesCopiedOnesAndLargeOnesInTurn) {
  const Pair pair = connect_through(listen_at(v6("::1")));
  std::string expected, got, part;
  const std::string own(700, 'o');
  std::size_t offset = 0;
  for (int i = 0; i < 300; ++i) {
    const std::size_t size = 1 + static_cast<std::size_t>(i) * 37 % 5000;
    EXPECT_THAT(lend(pair.client, offset, size), Returns(size));
    EXPECT_THAT(send(pair.client, own), Returns(own.size()));
    (expected += piece(offset, size)) += own;
    offset += size;
    receive(pair.server, part, 100'000);
    got += part;
  }
  got += receive_to_the_end(pair.server, expected.size() - got.size());
  EXPECT_TRUE(got == expected);
  EXPECT_TRUE(SharingServer::loans.empty());
}

TEST_F(LentTest, ReceivedBytesArePutWhereTheyBelong) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  EXPECT_THAT(lend(pair.client, 0, 30'000), Returns(30'000));
  const std::size_t copied = SharingServer::copied;
  char* const to = at(kShared / 2);
  EXPECT_THAT(call(NB_SYS_recvfrom, pair.server, to, 30'000, NB_MSG_WAITALL, nullptr, nullptr),
              Returns(30'000));
  EXPECT_EQ(SharingServer::copied, copied);
  EXPECT_EQ(SharingServer::borrowed_to_write, 30'000U);
  EXPECT_TRUE(piece(kShared / 2, 30'000) == piece(0, 30'000));
  EXPECT_TRUE(SharingServer::loans.empty());
}

// Nobody reads: what is lent stays with lwIP until it gives the connection up.
TEST_F(LentTest, AResetGivesEverythingBack) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  set_nonblocking(pair.client);
  while (lend(pair.client, 0, 50'000).error == 0) {
  }
  EXPECT_FALSE(SharingServer::loans.empty());
  close_with_reset(pair.client);
  EXPECT_TRUE(SharingServer::loans.empty());
}

TEST_F(LentTest, ACloseKeepsThemUntilThePeerHasRead) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  set_nonblocking(pair.client);
  std::size_t sent = 0;
  for (Outcome outcome; outcome.error == 0; sent += static_cast<std::size_t>(outcome.value)) {
    outcome = lend(pair.client, sent, 50'000);
  }
  EXPECT_THAT(call(NB_SYS_close, pair.client), Succeeds());
  EXPECT_FALSE(SharingServer::loans.empty());
  EXPECT_TRUE(receive_to_the_end(pair.server, sent) == piece(0, sent));
  EXPECT_TRUE(SharingServer::loans.empty());
}

// The sum of what is sent was made when it was lent.
TEST_F(LentTest, WhatIsChangedMeanwhileNeverArrives) {
  const Pair pair = connect_through(listen_at(v4("127.0.0.1")));
  set_nonblocking(pair.client);
  set_nonblocking(pair.server);
  const std::string before(piece(0, kShared));
  std::size_t sent = 0;
  for (Outcome outcome; outcome.error == 0; sent += static_cast<std::size_t>(outcome.value)) {
    outcome = lend(pair.client, sent, 50'000);
  }
  std::memset(at(0), 0, kShared);
  const std::string got = receive_to_the_end(pair.server, sent);
  EXPECT_GT(got.size(), 0U);
  EXPECT_LT(got.size(), sent);
  EXPECT_TRUE(before.starts_with(got));
  close_with_reset(pair.client);
  EXPECT_TRUE(SharingServer::loans.empty());
}

TEST_F(LentTest, OtherSocketsTakeTheFlagForNothing) {
  int fds[2];
  EXPECT_THAT(call(NB_SYS_socketpair, NB_AF_LOCAL, NB_SOCK_STREAM, 0, fds), Succeeds());
  EXPECT_THAT(lend(fds[0], 0, 5000), Returns(5000));
  EXPECT_TRUE(SharingServer::loans.empty());
  EXPECT_TRUE(receive_to_the_end(fds[1], 5000) == piece(0, 5000));
}

}  // namespace
}  // namespace farcall::testing
