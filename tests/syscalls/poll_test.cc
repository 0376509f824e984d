// poll, ppoll, select and pselect, on sockets and on pipes of the host together.
#include <poll.h>
#include <sys/select.h>

#include <array>
#include <csignal>
#include <thread>

#include "support.h"

namespace farcall::conformance {
namespace {

using std::chrono::milliseconds;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_THAT(pipe(ends.data()), Succeeds());
    read_end = Fd(ends[0]);
    write_end = Fd(ends[1]);
  }
  Fd read_end;
  Fd write_end;
};

TEST(Poll, TimesOut) {
  const Pair pair = connected(AF_INET);
  const Pipe pipe;
  std::array<pollfd, 2> entries{{{pair.client.get(), POLLIN, 0}, {pipe.read_end.get(), POLLIN, 0}}};
  EXPECT_EQ(poll(entries.data(), 1, 0), 0);
  takes_at_least(milliseconds(30), [&] { EXPECT_EQ(poll(entries.data(), 1, 30), 0); });
  takes_at_least(milliseconds(30), [&] { EXPECT_EQ(poll(entries.data(), 2, 30), 0); });
  takes_at_least(milliseconds(30), [&] { EXPECT_EQ(poll(nullptr, 0, 30), 0); });
}

TEST(Poll, BothKindsWakeIt) {
  const Pair pair = connected(AF_INET);
  const Pipe pipe;
  std::array<pollfd, 2> entries{{{pair.client.get(), POLLIN, 0}, {pipe.read_end.get(), POLLIN, 0}}};
  std::thread by_pipe([&] {
    std::this_thread::sleep_for(milliseconds(20));
    EXPECT_EQ(write(pipe.write_end.get(), "x", 1), 1);
  });
  EXPECT_EQ(poll(entries.data(), 2, 10'000), 1);
  by_pipe.join();
  EXPECT_EQ(entries[0].revents, 0);
  EXPECT_EQ(entries[1].revents, POLLIN);
  char byte = 0;
  EXPECT_EQ(read(pipe.read_end.get(), &byte, 1), 1);
  std::thread by_socket([&] {
    std::this_thread::sleep_for(milliseconds(20));
    send_all(pair.server.get(), "x");
  });
  EXPECT_EQ(poll(entries.data(), 2, 10'000), 1);
  by_socket.join();
  EXPECT_EQ(entries[0].revents, POLLIN);
  EXPECT_EQ(entries[1].revents, 0);
}

TEST(Poll, SaysWhatIsTheCase) {
  Pair pair = connected(AF_INET);
  const int closed = dup(pair.client.get());
  close(closed);
  std::array<pollfd, 3> entries{
      {{pair.client.get(), POLLIN | POLLOUT, 0}, {-1, POLLIN, 77}, {closed, POLLIN, 0}}};
  EXPECT_EQ(poll(entries.data(), entries.size(), 1000), 2);
  EXPECT_EQ(entries[0].revents, POLLOUT);
  EXPECT_EQ(entries[1].revents, 0);
  EXPECT_EQ(entries[2].revents, POLLNVAL);
  pair.server.reset();
  const short events = wait_for(pair.client.get(), POLLIN | POLLRDHUP);
  EXPECT_EQ(events & (POLLIN | POLLRDHUP), POLLIN | POLLRDHUP);
}

TEST(Poll, ListenerIsReadableWhenSomebodyConnects) {
  const Fd listener = bound_socket(AF_INET, SOCK_STREAM);
  pollfd entry{listener.get(), POLLIN, 0};
  EXPECT_EQ(poll(&entry, 1, 0), 0);
  const Fd client(socket(AF_INET, SOCK_STREAM, 0));
  const Address to = local_address(listener.get());
  ASSERT_THAT(connect(client.get(), to.get(), to.length), Succeeds());
  EXPECT_EQ(wait_for(listener.get(), POLLIN), POLLIN);
}

TEST(Poll, PpollTakesASignalMask) {
  static volatile sig_atomic_t runs;
  runs = 0;
  struct sigaction action {};
  action.sa_handler = [](int) { runs = runs + 1; };
  sigaction(SIGUSR1, &action, nullptr);
  sigset_t blocked;
  sigset_t open;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, &open);
  raise(SIGUSR1);
  EXPECT_EQ(runs, 0);
  const Pair pair = connected(AF_INET);
  pollfd entry{pair.client.get(), POLLIN, 0};
  const timespec limit{10, 0};
  EXPECT_THAT(ppoll(&entry, 1, &limit, &open), FailsWith(EINTR));
  EXPECT_EQ(runs, 1);
  sigprocmask(SIG_SETMASK, &open, nullptr);
}

TEST(Select, ReportsOnlyWhatIsReady) {
  const Pair pair = connected(AF_INET);
  const Pipe pipe;
  fd_set reading;
  fd_set writing;
  const auto fill = [&] {
    FD_ZERO(&reading);
    FD_ZERO(&writing);
    FD_SET(pair.client.get(), &reading);
    FD_SET(pipe.read_end.get(), &reading);
    FD_SET(pair.client.get(), &writing);
  };
  fill();
  EXPECT_EQ(select(FD_SETSIZE, &reading, &writing, nullptr, nullptr), 1);
  EXPECT_FALSE(FD_ISSET(pair.client.get(), &reading));
  EXPECT_TRUE(FD_ISSET(pair.client.get(), &writing));
  send_all(pair.server.get(), "x");
  EXPECT_EQ(write(pipe.write_end.get(), "x", 1), 1);
  wait_for(pair.client.get(), POLLIN);
  fill();
  timeval limit{10, 0};
  EXPECT_EQ(select(FD_SETSIZE, &reading, &writing, nullptr, &limit), 3);
  EXPECT_TRUE(FD_ISSET(pipe.read_end.get(), &reading));
}

TEST(Select, TimesOutAndClearsTheSets) {
  const Pair pair = connected(AF_INET);
  fd_set reading;
  FD_ZERO(&reading);
  FD_SET(pair.client.get(), &reading);
  timeval limit{0, 30'000};
  takes_at_least(milliseconds(30), [&] {
    EXPECT_EQ(select(pair.client.get() + 1, &reading, nullptr, nullptr, &limit), 0);
  });
  EXPECT_FALSE(FD_ISSET(pair.client.get(), &reading));
}

TEST(Select, ClosedDescriptorIsEbadf) {
  int fd = dup(STDIN_FILENO);
  close(fd);
  const Fd socket_too(socket(AF_INET, SOCK_STREAM, 0));
  fd = fd == socket_too.get() ? fd + 1 : fd;
  fd_set reading;
  FD_ZERO(&reading);
  FD_SET(fd, &reading);
  FD_SET(socket_too.get(), &reading);
  timeval limit{0, 0};
  EXPECT_THAT(select(fd + 1, &reading, nullptr, nullptr, &limit), FailsWith(EBADF));
}

TEST(Select, PselectTimesOut) {
  const Pair pair = connected(AF_INET);
  fd_set reading;
  FD_ZERO(&reading);
  FD_SET(pair.client.get(), &reading);
  const timespec limit{0, 30'000'000};
  takes_at_least(milliseconds(30), [&] {
    EXPECT_EQ(pselect(pair.client.get() + 1, &reading, nullptr, nullptr, &limit, nullptr), 0);
  });
}

}  // namespace
}  // namespace farcall::conformance
