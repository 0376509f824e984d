// Handlers that run while a call waits.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include <csignal>
#include <thread>

#include "support.h"

namespace farcall::conformance {
namespace {

volatile sig_atomic_t handler_runs;
int answer_with = -1;  // a descriptor to which the handler writes a byte

void handle(int) {
  handler_runs = handler_runs + 1;
  if (answer_with >= 0 && write(answer_with, "!", 1) != 1) abort();
}

/// SIGALRM after 50 ms and every 50 ms then, with a handler with `flags`, while the object lives.
class Alarms {
 public:
  explicit Alarms(int flags, int answer = -1) {
    handler_runs = 0;
    answer_with = answer;
    struct sigaction action {};
    action.sa_handler = handle;
    action.sa_flags = flags;
    sigaction(SIGALRM, &action, nullptr);
    const itimerval every{{0, 50'000}, {0, 50'000}};
    setitimer(ITIMER_REAL, &every, nullptr);
  }
  ~Alarms() {
    const itimerval never{};
    setitimer(ITIMER_REAL, &never, nullptr);
    signal(SIGALRM, SIG_IGN);
    answer_with = -1;
  }
  Alarms(const Alarms&) = delete;
  Alarms& operator=(const Alarms&) = delete;
};

class Signals : public ::testing::Test {
 protected:
  Pair pair = connected(AF_INET);
  char byte = 0;
};

TEST_F(Signals, EndTheCallWithoutRestart) {
  const Fd listener = bound_socket(AF_INET, SOCK_STREAM);
  const Fd datagram = bound_socket(AF_INET, SOCK_DGRAM);
  const Alarms alarms(0);
  EXPECT_THAT(read(pair.client.get(), &byte, 1), FailsWith(EINTR));
  EXPECT_THAT(recv(datagram.get(), &byte, 1, 0), FailsWith(EINTR));
  EXPECT_THAT(accept(listener.get(), nullptr, nullptr), FailsWith(EINTR));
  EXPECT_GE(handler_runs, 3);
}

TEST_F(Signals, LeaveTheCallWithRestart) {
  std::thread sender([&] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    send_all(pair.server.get(), "x");
  });
  const Alarms alarms(SA_RESTART);
  EXPECT_EQ(read(pair.client.get(), &byte, 1), 1);
  EXPECT_GE(handler_runs, 1);
  sender.join();
}

TEST_F(Signals, PollIsNeverRestarted) {
  const Alarms alarms(SA_RESTART);
  pollfd entry{pair.client.get(), POLLIN, 0};
  EXPECT_THAT(poll(&entry, 1, 10'000), FailsWith(EINTR));
  fd_set reading;
  FD_ZERO(&reading);
  FD_SET(pair.client.get(), &reading);
  timeval limit{10, 0};
  EXPECT_THAT(select(pair.client.get() + 1, &reading, nullptr, nullptr, &limit), FailsWith(EINTR));
}

TEST_F(Signals, EpollIsNeverRestarted) {
  const Fd epoll(epoll_create1(0));
  epoll_event event{};
  event.events = EPOLLIN;
  ASSERT_THAT(epoll_ctl(epoll.get(), EPOLL_CTL_ADD, pair.client.get(), &event), Succeeds());
  const Alarms alarms(SA_RESTART);
  EXPECT_THAT(epoll_wait(epoll.get(), &event, 1, 10'000), FailsWith(EINTR));
}

TEST_F(Signals, HandlerMayMakeCallsOfItsOwn) {
  const Alarms alarms(SA_RESTART, pair.server.get());
  EXPECT_EQ(read(pair.client.get(), &byte, 1), 1);
  EXPECT_EQ(byte, '!');
}

TEST_F(Signals, InterruptedCallLosesNothing) {
  {
    const Alarms alarms(0);
    for (int turn = 0; turn < 3; ++turn)
      EXPECT_THAT(read(pair.client.get(), &byte, 1), FailsWith(EINTR));
  }
  send_all(pair.server.get(), "abc");
  shutdown(pair.server.get(), SHUT_WR);
  EXPECT_EQ(read_to_end(pair.client.get()), "abc");
}

TEST_F(Signals, LongTransferUnderSignals) {
  const std::string data(4 << 20, 's');
  std::thread sender([&] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    send_all(pair.server.get(), data);
    shutdown(pair.server.get(), SHUT_WR);
  });
  const Alarms alarms(SA_RESTART);
  EXPECT_EQ(read_to_end(pair.client.get()).size(), data.size());
  sender.join();
}

}  // namespace
}  // namespace farcall::conformance
