// TCP's urgent data: one byte out of band, or a mark in the stream.
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/wait.h>

#include <thread>

#include "support.h"

namespace farcall::conformance {
namespace {

class Urgent : public BothFamilies {
 protected:
  Urgent() : pair_(connected(GetParam())) {}

  /// "before", the urgent byte, "behind", and nothing more; until all of it is there.
  void send_around(char byte) {
    send_all(pair_.client.get(), "before");
    EXPECT_EQ(send(pair_.client.get(), &byte, 1, MSG_OOB), 1);
    send_all(pair_.client.get(), "behind");
    EXPECT_THAT(shutdown(pair_.client.get(), SHUT_WR), Succeeds());
    wait_until_sent();
  }

  /// Until the other side has acknowledged everything.
  void wait_until_sent() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (int left = 1; left > 0 && std::chrono::steady_clock::now() < deadline;) {
      ASSERT_THAT(ioctl(pair_.client.get(), TIOCOUTQ, &left), Succeeds());
      if (left > 0) std::this_thread::yield();
    }
  }

  [[nodiscard]] std::string receive(int flags = 0) const {
    char buffer[100];
    const ssize_t size = recv(pair_.server.get(), buffer, sizeof buffer, flags);
    EXPECT_THAT(size, Succeeds());
    return {buffer, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

  [[nodiscard]] int at_mark() const { return sockatmark(pair_.server.get()); }

  Pair pair_;
};
FARCALL_BOTH_FAMILIES(Urgent);

TEST_P(Urgent, ByteIsApartFromTheStream) {
  send_around('!');
  EXPECT_EQ(receive(), "before");
  EXPECT_EQ(at_mark(), 1);
  EXPECT_EQ(receive(MSG_OOB | MSG_PEEK), "!");
  EXPECT_EQ(receive(MSG_OOB), "!");
  EXPECT_EQ(receive(), "behind");
  EXPECT_EQ(at_mark(), 0);
  EXPECT_EQ(receive(), "");
}

TEST_P(Urgent, ByteMayBeTakenFirst) {
  send_around('!');
  EXPECT_EQ(at_mark(), 0);
  EXPECT_EQ(receive(MSG_OOB), "!");
  EXPECT_EQ(receive(), "before");
  EXPECT_EQ(receive(), "behind");
}

TEST_P(Urgent, ByteIsGivenOnce) {
  send_around('!');
  EXPECT_EQ(receive(MSG_OOB), "!");
  char byte = 0;
  EXPECT_THAT(recv(pair_.server.get(), &byte, 1, MSG_OOB), FailsWith(EINVAL));
}

TEST_P(Urgent, InlineItFollowsTheMark) {
  const int on = 1;
  ASSERT_THAT(setsockopt(pair_.server.get(), SOL_SOCKET, SO_OOBINLINE, &on, sizeof on), Succeeds());
  send_around('!');
  EXPECT_EQ(receive(), "before");
  EXPECT_EQ(at_mark(), 1);
  char byte = 0;
  EXPECT_THAT(recv(pair_.server.get(), &byte, 1, MSG_OOB), FailsWith(EINVAL));
  EXPECT_EQ(receive(), "!behind");
  EXPECT_EQ(at_mark(), 0);
}

TEST_P(Urgent, IsAnExceptionalCondition) {
  EXPECT_EQ(send(pair_.client.get(), "!", 1, MSG_OOB), 1);
  EXPECT_EQ(wait_for(pair_.server.get(), POLLPRI), POLLPRI);
  fd_set exceptions;
  FD_ZERO(&exceptions);
  FD_SET(pair_.server.get(), &exceptions);
  timeval soon{10, 0};
  EXPECT_EQ(select(pair_.server.get() + 1, nullptr, nullptr, &exceptions, &soon), 1);
  EXPECT_TRUE(FD_ISSET(pair_.server.get(), &exceptions));
}

TEST_P(Urgent, OnlyTheLastByteOfAMessageIs) {
  EXPECT_EQ(send(pair_.client.get(), "abc", 3, MSG_OOB), 3);
  wait_for(pair_.server.get(), POLLPRI);
  EXPECT_EQ(receive(), "ab");
  EXPECT_EQ(receive(MSG_OOB), "c");
}

/// Blocks SIGURG while it lives, and takes those that came.
class Sigurg {
 public:
  Sigurg() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGURG);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~Sigurg() {
    static_cast<void>(comes_within(std::chrono::seconds(0)));
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  Sigurg(const Sigurg&) = delete;
  Sigurg& operator=(const Sigurg&) = delete;

  [[nodiscard]] bool comes_within(std::chrono::seconds most) const {
    const timespec timeout{most.count(), 0};
    return sigtimedwait(&set_, nullptr, &timeout) == SIGURG;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};
constexpr std::chrono::seconds kLong{60};

TEST_P(Urgent, RaisesSigurg) {
  const Sigurg signal;
  ASSERT_THAT(fcntl(pair_.server.get(), F_SETOWN, getpid()), Succeeds());
  EXPECT_EQ(fcntl(pair_.server.get(), F_GETOWN), getpid());
  for (const char byte : {'1', '2'}) {
    EXPECT_EQ(send(pair_.client.get(), &byte, 1, MSG_OOB), 1);
    EXPECT_TRUE(signal.comes_within(kLong));
    EXPECT_EQ(receive(MSG_OOB), std::string(1, byte));
    send_all(pair_.client.get(), "behind");
    EXPECT_EQ(receive(), "behind");
  }
}

TEST_P(Urgent, RaisesSigurgInTheGroup) {
  const Sigurg signal;
  ASSERT_THAT(fcntl(pair_.server.get(), F_SETOWN, -getpgrp()), Succeeds());
  EXPECT_EQ(send(pair_.client.get(), "!", 1, MSG_OOB), 1);
  EXPECT_TRUE(signal.comes_within(kLong));
}

TEST_P(Urgent, WithoutAnOwnerRaisesNothing) {
  const Sigurg signal;
  ASSERT_THAT(fcntl(pair_.server.get(), F_SETOWN, getpid()), Succeeds());
  ASSERT_THAT(fcntl(pair_.server.get(), F_SETOWN, 0), Succeeds());
  EXPECT_EQ(fcntl(pair_.server.get(), F_GETOWN), 0);
  EXPECT_EQ(send(pair_.client.get(), "!", 1, MSG_OOB), 1);
  EXPECT_EQ(wait_for(pair_.server.get(), POLLPRI), POLLPRI);
  EXPECT_FALSE(signal.comes_within(std::chrono::seconds(0)));
}

TEST_P(Urgent, OwnersAreSetByIoctl) {
  const Sigurg signal;
  int owner = getpid();
  ASSERT_THAT(ioctl(pair_.server.get(), SIOCSPGRP, &owner), Succeeds());
  EXPECT_EQ(fcntl(pair_.server.get(), F_GETOWN), getpid());
  EXPECT_EQ(send(pair_.client.get(), "!", 1, MSG_OOB), 1);
  EXPECT_TRUE(signal.comes_within(kLong));
  owner = 0;
  ASSERT_THAT(ioctl(pair_.server.get(), SIOCGPGRP, &owner), Succeeds());
  EXPECT_EQ(owner, getpid());
}

TEST_P(Urgent, OwnersExist) {
  EXPECT_THAT(fcntl(pair_.server.get(), F_SETOWN, 0x7ffffff0), FailsWith(ESRCH));
}

TEST_P(Urgent, OwnersForkAndExec) {
  ASSERT_THAT(fcntl(pair_.server.get(), F_SETOWN, getpid()), Succeeds());
  const pid_t child = fork();
  if (child == 0) {
    if (fcntl(pair_.server.get(), F_SETOWN, getpid()) == 0) execl("/bin/true", "true", nullptr);
    _exit(1);
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

timespec processor_time() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return used;
}

TEST_P(Urgent, ASocketThatHasHungUpKeepsNobodyAwake) {
  ASSERT_THAT(fcntl(pair_.server.get(), F_SETOWN, getpid()), Succeeds());
  const linger reset{1, 0};
  ASSERT_THAT(setsockopt(pair_.client.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset),
              Succeeds());
  pair_.client = Fd();
  EXPECT_NE(wait_for(pair_.server.get(), POLLIN), 0);
  const timespec before = processor_time();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const timespec after = processor_time();
  const auto used = std::chrono::seconds(after.tv_sec - before.tv_sec) +
                    std::chrono::nanoseconds(after.tv_nsec - before.tv_nsec);
  EXPECT_LT(used, std::chrono::milliseconds(100));
}

TEST_P(Urgent, NothingUrgent) {
  char byte = 0;
  EXPECT_THAT(recv(pair_.server.get(), &byte, 1, MSG_OOB), FailsWith(EINVAL));
  EXPECT_EQ(at_mark(), 0);
  pollfd entry{pair_.server.get(), POLLPRI, 0};
  EXPECT_EQ(poll(&entry, 1, 0), 0);
}

TEST(UrgentDatagram, DoesNotExist) {
  const Fd receiver = bound_socket(AF_INET, SOCK_DGRAM);
  const Address to = local_address(receiver.get());
  const Fd sender(socket(AF_INET, SOCK_DGRAM, 0));
  EXPECT_THAT(sendto(sender.get(), "!", 1, MSG_OOB, to.get(), to.length), FailsWith(EOPNOTSUPP));
}

}  // namespace
}  // namespace farcall::conformance
