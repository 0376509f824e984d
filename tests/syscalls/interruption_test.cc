// A signal ends poll and its like at whatever moment it comes: also when its handler would have
// returned before the call slept. Programs wait for their handlers so (rsync's receiver, for one).
//
// A child makes the call, traced, and is stopped after the first host call that it makes on its
// way, then sent a signal; the next time after the second, and so on, until it is found asleep.
// Before the first host call is the moment that the host's own poll has, too.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/select.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <functional>
#include <optional>
#include <thread>

#include "support.h"

namespace farcall::conformance {
namespace {

using std::chrono::milliseconds;

constexpr int kSystemCallStop = SIGTRAP | 0x80;

/// A child that makes a call again and again, with a handler for SIGUSR1 that does nothing.
class TracedChild {
 public:
  /// `call` returns as a system call does.
  explicit TracedChild(const std::function<int()>& call);
  ~TracedChild() {
    if (pid_ > 0) kill(pid_, SIGKILL);  // -1 would be everybody
    waitpid(pid_, nullptr, 0);
    munmap(told_, sizeof *told_);
  }
  TracedChild(const TracedChild&) = delete;
  TracedChild& operator=(const TracedChild&) = delete;

  /// The stop, a signal's number, that comes within that time; 0 when none does.
  [[nodiscard]] int stop(milliseconds time = std::chrono::minutes(1)) const;
  void go_on(int signal = 0) const { ptrace(PTRACE_CONT, pid_, nullptr, signal); }
  /// Lets it make one host call, from before it to behind it. False: it sleeps there.
  [[nodiscard]] bool make_host_call() const;
  /// Interrupts the call that it makes, and waits for its end: 0, or the errno.
  [[nodiscard]] std::optional<int> interrupted_call() const;

 private:
  [[noreturn]] void repeat(const std::function<int()>& call) const;

  int* const told_;  ///< errno of the last call, shared with the child
  pid_t pid_ = -1;
};

int* shared_word() {
  return static_cast<int*>(
      mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

TracedChild::TracedChild(const std::function<int()>& call) : told_(shared_word()), pid_(fork()) {
  if (pid_ == 0) repeat(call);
  EXPECT_EQ(stop(), SIGTRAP);
  ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
}

void TracedChild::repeat(const std::function<int()>& call) const {
  ptrace(PTRACE_TRACEME);
  struct sigaction action {};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, nullptr);
  for (;;) {
    asm volatile("int3");
    *told_ = call() == -1 ? errno : 0;
  }
}

int TracedChild::stop(milliseconds time) const {
  const auto end = std::chrono::steady_clock::now() + time;
  int status = 0;
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) return 0;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
}

bool TracedChild::make_host_call() const {
  // A machine so slow that a call seems to sleep only makes the test look at fewer moments.
  constexpr milliseconds kAsleep{300};
  ptrace(PTRACE_SYSCALL, pid_, nullptr, 0);
  EXPECT_EQ(stop(), kSystemCallStop);
  ptrace(PTRACE_SYSCALL, pid_, nullptr, 0);
  return stop(kAsleep) == kSystemCallStop;
}

std::optional<int> TracedChild::interrupted_call() const {
  *told_ = -1;
  if (pid_ > 0) kill(pid_, SIGUSR1);
  go_on();
  for (int stopped = stop(); stopped != SIGTRAP; stopped = stop()) {
    if (stopped == 0) return std::nullopt;
    go_on(stopped == SIGUSR1 ? SIGUSR1 : 0);
  }
  return *told_;
}

/// Interrupts `call`, which would sleep for ever, after each of its host calls in turn.
void expect_interruption_at_every_moment(const std::function<int()>& call) {
  constexpr int kMostHostCalls = 200;
  const TracedChild child(call);
  bool asleep = false;
  for (int calls = 1; calls < kMostHostCalls && !asleep; ++calls) {
    for (int i = 0; i < calls && !asleep; ++i) asleep = !child.make_host_call();
    ASSERT_EQ(child.interrupted_call(), EINTR) << "after " << calls << " host calls";
  }
  EXPECT_TRUE(asleep);
}

class Interruption : public ::testing::Test {
 protected:
  Pair pair = connected(AF_INET);
};

TEST_F(Interruption, OfPoll) {
  expect_interruption_at_every_moment([&] {
    pollfd entry{pair.client.get(), POLLIN, 0};
    return poll(&entry, 1, -1);
  });
}

TEST_F(Interruption, OfPpoll) {
  sigset_t none;
  sigemptyset(&none);
  expect_interruption_at_every_moment([&] {
    pollfd entry{pair.client.get(), POLLIN, 0};
    return ppoll(&entry, 1, nullptr, &none);
  });
}

TEST_F(Interruption, OfSelect) {
  expect_interruption_at_every_moment([&] {
    fd_set reading;
    FD_ZERO(&reading);
    FD_SET(pair.client.get(), &reading);
    return select(pair.client.get() + 1, &reading, nullptr, nullptr, nullptr);
  });
}

TEST_F(Interruption, OfEpoll) {
  const Fd instance(epoll_create1(0));
  epoll_event event{.events = EPOLLIN, .data = {}};
  ASSERT_THAT(epoll_ctl(instance.get(), EPOLL_CTL_ADD, pair.client.get(), &event), Succeeds());
  expect_interruption_at_every_moment([&] { return epoll_wait(instance.get(), &event, 1, -1); });
}

TEST_F(Interruption, OfAPollForASocketAndAPipe) {
  std::array<int, 2> ends{};
  ASSERT_THAT(pipe(ends.data()), Succeeds());
  const Fd reading(ends[0]);
  const Fd writing(ends[1]);
  expect_interruption_at_every_moment([&] {
    std::array<pollfd, 2> entries{{{pair.client.get(), POLLIN, 0}, {reading.get(), POLLIN, 0}}};
    return poll(entries.data(), entries.size(), -1);
  });
}

// What is unblocked by the mask of a call that only looks has its handler run.
TEST_F(Interruption, OfAPpollThatDoesNotWait) {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  struct sigaction before {};
  sigaction(SIGUSR1, &action, &before);
  sigset_t blocked;
  sigset_t open;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &blocked, &open);
  raise(SIGUSR1);
  pollfd entry{pair.client.get(), POLLIN, 0};
  const timespec now{};
  EXPECT_EQ(ppoll(&entry, 1, &now, nullptr), 0);
  EXPECT_THAT(ppoll(&entry, 1, &now, &open), FailsWith(EINTR));
  EXPECT_EQ(ppoll(&entry, 1, &now, &open), 0);
  pthread_sigmask(SIG_SETMASK, &open, nullptr);
  sigaction(SIGUSR1, &before, nullptr);
}

}  // namespace
}  // namespace farcall::conformance
