// Handlers that make calls of their own, fork or jump away while a call of their thread waits: in
// each kind of call, and once more in a handler that interrupts a handler's call.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <csetjmp>
#include <csignal>
#include <functional>
#include <thread>

#include "support.h"

namespace farcall::conformance {
namespace {

constexpr int kRounds = 20;

std::function<void()> in_handler;
std::atomic<int> handler_runs;
std::atomic<bool> handling;  // no more signals yet: a slow handler would find no end

/// Has a handler for SIGUSR1 run `in_handler`, while it exists.
class Handler {
 public:
  Handler(int flags, std::function<void()> handler) {
    in_handler = std::move(handler);
    handler_runs = 0;
    struct sigaction action {};
    action.sa_handler = [](int) {
      const int before = errno;
      ++handler_runs;
      handling = true;
      in_handler();
      handling = false;
      errno = before;
    };
    action.sa_flags = flags;
    sigaction(SIGUSR1, &action, &before_);
  }
  ~Handler() { sigaction(SIGUSR1, &before_, nullptr); }
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

 private:
  struct sigaction before_ {};
};

/// Sends the calling thread SIGUSR1 again and again, with such a handler.
class Signals {
 public:
  Signals(int flags, std::function<void()> handler)
      : handler_(flags, std::move(handler)), target_(pthread_self()) {
    sender_ = std::thread([this] {
      while (!over_) {
        if (!handling) pthread_kill(target_, SIGUSR1);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
    });
  }
  ~Signals() {
    over_ = true;
    sender_.join();
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  const Handler handler_;
  const pthread_t target_;
  std::atomic<bool> over_ = false;
  std::thread sender_;
};

/// A call that waits for input which does not come, and what ends it.
struct Waiting {
  const char* name;
  int (*call)(int socket, int pipe_end);
};

int wait_by_read(int socket, int /*pipe_end*/) {
  char byte = 0;
  return static_cast<int>(read(socket, &byte, 1));
}
int wait_by_poll(int socket, int /*pipe_end*/) {
  pollfd entry{socket, POLLIN, 0};
  return poll(&entry, 1, -1);
}
int wait_by_mixed_poll(int socket, int pipe_end) {
  std::array<pollfd, 2> entries{{{socket, POLLIN, 0}, {pipe_end, POLLIN, 0}}};
  return poll(entries.data(), entries.size(), -1);
}
int wait_by_epoll(int socket, int pipe_end) {
  const Fd instance(epoll_create1(0));
  for (const int fd : {socket, pipe_end}) {
    epoll_event event{.events = EPOLLIN, .data = {}};
    if (epoll_ctl(instance.get(), EPOLL_CTL_ADD, fd, &event) != 0) return -1;
  }
  epoll_event event{};
  return epoll_wait(instance.get(), &event, 1, -1);
}

class Nesting : public ::testing::TestWithParam<Waiting> {
 protected:
  [[nodiscard]] int wait() const {
    handling = false;  // also after a jump
    return GetParam().call(pair_.client.get(), pipe_.reading.get());
  }
  /// A byte through a connection of the handler's own, with a poll.
  void exchange() const {
    char byte = 0;
    pollfd entry{own_.client.get(), POLLIN, 0};
    if (write(own_.server.get(), "x", 1) != 1 || poll(&entry, 1, -1) != 1 ||
        read(own_.client.get(), &byte, 1) != 1 || byte != 'x') {
      failed_ = true;
    }
  }
  void expect_all_well() const {
    EXPECT_FALSE(failed_);
    send_all(pair_.server.get(), "abc");
    char bytes[3];
    EXPECT_EQ(recv(pair_.client.get(), bytes, sizeof bytes, MSG_WAITALL), 3);
    exchange();
    EXPECT_FALSE(failed_);
  }

  Pair pair_ = connected(AF_INET);
  Pair own_ = connected(AF_INET);
  Pipe pipe_ = make_pipe();
  mutable std::atomic<bool> failed_ = false;
};

TEST_P(Nesting, AHandlerMakesCalls) {
  {
    const Signals signals(0, [this] { exchange(); });
    for (int i = 0; i < kRounds; ++i) EXPECT_THAT(wait(), FailsWith(EINTR));
    EXPECT_GE(handler_runs, kRounds);
  }
  expect_all_well();
}

TEST_P(Nesting, AHandlerInterruptsAHandlersCall) {
  std::atomic<int> depth = 0;
  std::atomic<int> deepest = 0;
  {
    const Signals signals(SA_NODEFER, [&] {
      handling = false;
      if (depth >= 3) return;
      ++depth;
      deepest = std::max(deepest.load(), depth.load());
      pollfd entry{pair_.client.get(), POLLIN, 0};
      if (poll(&entry, 1, -1) != -1 || errno != EINTR) failed_ = true;
      --depth;
    });
    for (int i = 0; i < kRounds; ++i) EXPECT_THAT(wait(), FailsWith(EINTR));
  }
  EXPECT_EQ(deepest, 3);
  expect_all_well();
}

sigjmp_buf away;

TEST_P(Nesting, AHandlerJumpsAwayWithACallOfItsOwnBehindIt) {
  std::atomic<bool> may_jump = false;
  {
    const Signals signals(0, [&] {
      exchange();
      if (may_jump.exchange(false)) siglongjmp(away, 1);
    });
    volatile int jumps = 0;
    if (sigsetjmp(away, 1) != 0) jumps = jumps + 1;
    while (jumps < kRounds) {
      may_jump = true;
      EXPECT_THAT(wait(), FailsWith(EINTR));
    }
  }
  expect_all_well();
}

TEST_P(Nesting, AHandlerForks) {
  const pid_t parent = getpid();
  std::atomic<int> child_status = -1;
  const Handler handler(0, [&] {
    const pid_t pid = fork();
    if (pid == 0) return;  // and the call that was interrupted ends in the child
    int status = -1;
    waitpid(pid, &status, 0);
    child_status = status;
  });
  std::thread other([target = pthread_self()] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    pthread_kill(target, SIGUSR1);
  });
  const int result = wait();
  const int error = errno;
  if (getpid() != parent) {
    exchange();
    _exit(result == -1 && error == EINTR && !failed_ ? 0 : 1);
  }
  other.join();
  EXPECT_EQ(result, -1);
  EXPECT_EQ(error, EINTR);
  EXPECT_EQ(child_status, 0);
  expect_all_well();
}

INSTANTIATE_TEST_SUITE_P(Calls, Nesting,
                         ::testing::Values(Waiting{"read", wait_by_read},
                                           Waiting{"poll", wait_by_poll},
                                           Waiting{"mixed_poll", wait_by_mixed_poll},
                                           Waiting{"epoll", wait_by_epoll}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace farcall::conformance
