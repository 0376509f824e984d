// poll, ppoll, select and epoll that wait for a socket and for a pipe of the host at once, in the
// midst of signals, threads, fork and exec.
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csetjmp>
#include <csignal>
#include <thread>
#include <vector>

#include "support.h"

namespace farcall::conformance {
namespace {

using std::chrono::milliseconds;

constexpr int kPatienceMs = 60'000;

/// A socket and a pipe to wait for, and their other ends.
class Both {
 public:
  [[nodiscard]] int socket() const { return pair_.client.get(); }
  [[nodiscard]] int pipe_end() const { return pipe_.reading.get(); }
  void send_by_socket() const { send_all(pair_.server.get(), "x"); }
  void send_by_pipe() const { EXPECT_EQ(write(pipe_.writing.get(), "x", 1), 1); }
  /// poll(2) on both; 1: the socket, 2: the pipe, 3: both, 0: time is over, negative: -errno.
  [[nodiscard]] int wait(int time_ms = kPatienceMs, const sigset_t* mask = nullptr) const {
    std::array<pollfd, 2> entries{{{socket(), POLLIN, 0}, {pipe_end(), POLLIN, 0}}};
    const timespec limit{time_ms / 1000, time_ms % 1000 * 1'000'000};
    const int count = ppoll(entries.data(), entries.size(), &limit, mask);
    if (count < 0) return -errno;
    return (entries[0].revents != 0 ? 1 : 0) + (entries[1].revents != 0 ? 2 : 0);
  }
  /// Takes what wait() told of.
  void take(int ready) const {
    char byte = 0;
    if ((ready & 1) != 0) {
      EXPECT_EQ(read(socket(), &byte, 1), 1);
    }
    if ((ready & 2) != 0) {
      EXPECT_EQ(read(pipe_end(), &byte, 1), 1);
    }
  }

 private:
  Pair pair_ = connected(AF_INET);
  Pipe pipe_ = make_pipe();
};

/// Sends the calling thread SIGUSR1 again and again, with that handler, while it exists.
class Signals {
 public:
  explicit Signals(void (*handler)(int)) : target_(pthread_self()) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigaction(SIGUSR1, &action, &before_);
    sender_ = std::thread([this] {
      while (!over_) {
        pthread_kill(target_, SIGUSR1);
        std::this_thread::sleep_for(milliseconds(2));
      }
    });
  }
  ~Signals() {
    over_ = true;
    sender_.join();
    signal(SIGUSR1, SIG_IGN);  // the last may be pending, and blocked
    sigaction(SIGUSR1, &before_, nullptr);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  const pthread_t target_;
  struct sigaction before_ {};
  std::atomic<bool> over_ = false;
  std::thread sender_;
};

TEST(Mixed, EitherSideEndsItManyTimes) {
  const Both both;
  std::atomic<int> turn = 0;
  constexpr int kRounds = 300;
  std::thread other([&] {
    for (int round = 0; round < kRounds; ++round) {
      turn.wait(round);
      round % 2 == 0 ? both.send_by_socket() : both.send_by_pipe();
    }
  });
  for (int round = 0; round < kRounds; ++round) {
    turn = round + 1;
    turn.notify_one();
    const int ready = both.wait();
    EXPECT_EQ(ready, round % 2 == 0 ? 1 : 2);
    both.take(ready);
  }
  other.join();
}

TEST(Mixed, TimeoutsLoseNothing) {
  const Both both;
  for (int round = 0; round < 50; ++round) {
    EXPECT_EQ(both.wait(1), 0);
    both.send_by_socket();
    EXPECT_EQ(both.wait(), 1);
    both.take(1);
  }
}

TEST(Mixed, SelectAndEpollToo) {
  const Both both;
  const Fd instance(epoll_create1(0));
  for (const int fd : {both.socket(), both.pipe_end()}) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    ASSERT_THAT(epoll_ctl(instance.get(), EPOLL_CTL_ADD, fd, &event), Succeeds());
  }
  for (int round = 0; round < 100; ++round) {
    const bool by_socket = round % 2 == 0;
    std::thread other([&] { by_socket ? both.send_by_socket() : both.send_by_pipe(); });
    const int expected = by_socket ? both.socket() : both.pipe_end();
    if (round % 4 < 2) {
      epoll_event event{};
      EXPECT_EQ(epoll_wait(instance.get(), &event, 1, kPatienceMs), 1);
      EXPECT_EQ(event.data.fd, expected);
    } else {
      fd_set reading;
      FD_ZERO(&reading);
      FD_SET(both.socket(), &reading);
      FD_SET(both.pipe_end(), &reading);
      EXPECT_EQ(select(FD_SETSIZE, &reading, nullptr, nullptr, nullptr), 1);
      EXPECT_TRUE(FD_ISSET(expected, &reading));
    }
    other.join();
    both.take(by_socket ? 1 : 2);
  }
}

TEST(Mixed, HandlersEndIt) {
  const Both both;
  {
    const Signals signals([](int) {});
    for (int i = 0; i < 50; ++i) EXPECT_EQ(both.wait(), -EINTR);
  }
  both.send_by_socket();
  EXPECT_EQ(both.wait(), 1);
}

TEST(Mixed, TheMaskHoldsWhileItSleepsOnly) {
  static std::atomic<int> runs;
  runs = 0;
  sigset_t blocked;
  sigset_t open;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &blocked, &open);
  {
    const Both both;
    const Signals signals([](int) { ++runs; });
    for (int i = 1; i <= 20; ++i) {
      EXPECT_EQ(both.wait(kPatienceMs, &open), -EINTR);
      EXPECT_EQ(runs, i);
    }
  }
  pthread_sigmask(SIG_SETMASK, &open, nullptr);
}

const Both* in_handler = nullptr;
std::atomic<int> handler_runs;

TEST(Mixed, AHandlerPollsWhileItsThreadDoes) {
  const Both both;
  const Both inner;
  inner.send_by_socket();
  in_handler = &inner;
  handler_runs = 0;
  {
    const Signals signals([](int) {
      if (in_handler->wait() == 1 && in_handler->wait(0) == 1) ++handler_runs;
    });
    for (int i = 0; i < 20; ++i) EXPECT_EQ(both.wait(), -EINTR);
  }
  EXPECT_GE(handler_runs, 20);
  both.send_by_pipe();
  EXPECT_EQ(both.wait(), 2);
}

sigjmp_buf away;
std::atomic<bool> may_jump;

TEST(Mixed, AHandlerJumpsAway) {
  const Both both;
  may_jump = false;
  {
    const Signals signals([](int) {
      if (may_jump.exchange(false)) siglongjmp(away, 1);
    });
    volatile int jumps = 0;
    if (sigsetjmp(away, 1) != 0) jumps = jumps + 1;
    while (jumps < 20) {
      may_jump = true;
      EXPECT_EQ(both.wait(), -EINTR);
    }
  }
  both.send_by_socket();
  EXPECT_EQ(both.wait(), 1);
}

pid_t forked_by;
std::atomic<int> child_status;

TEST(Mixed, AHandlerForks) {
  const Both both;
  forked_by = getpid();
  child_status = -1;
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) {
    const pid_t pid = fork();
    if (pid == 0) return;  // and the call that was interrupted ends in the child
    int status = -1;
    waitpid(pid, &status, 0);
    child_status = status;
  };
  sigaction(SIGALRM, &action, &before);
  std::thread alarm_clock([target = pthread_self()] {
    std::this_thread::sleep_for(milliseconds(50));
    pthread_kill(target, SIGALRM);
  });
  const int ready = both.wait();
  if (getpid() != forked_by) {
    const Both own;
    own.send_by_socket();
    _exit(ready == -EINTR && own.wait() == 1 ? 0 : 1);
  }
  alarm_clock.join();
  EXPECT_EQ(ready, -EINTR);
  EXPECT_EQ(child_status, 0);
  both.send_by_socket();
  EXPECT_EQ(both.wait(), 1);
  sigaction(SIGALRM, &before, nullptr);
}

TEST(Mixed, ThreadsDoNotHoldUpOneAnother) {
  constexpr int kThreads = 8;
  std::vector<Both> all(kThreads);
  std::vector<std::thread> threads;
  for (const Both& both : all) {
    threads.emplace_back([&both] {
      for (int round = 0; round < 50; ++round) {
        const int ready = both.wait();
        EXPECT_GT(ready, 0);
        both.take(std::max(ready, 0));
      }
    });
  }
  // A byte for each round: some rounds may find two of them at once, and end earlier.
  for (int round = 0; round < 50; ++round) {
    for (const Both& both : all) round % 2 == 0 ? both.send_by_socket() : both.send_by_pipe();
  }
  for (int round = 0; round < 50; ++round) {
    for (const Both& both : all) both.send_by_socket();
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Mixed, ThreadsComeGoAndAreCancelled) {
  const Both both;
  for (int i = 0; i < 20; ++i) {
    pthread_t thread;
    std::atomic<bool> begun = false;
    const auto body = [&] {
      begun = true;
      static_cast<void>(both.wait());
    };
    ASSERT_EQ(pthread_create(
                  &thread, nullptr,
                  [](void* work) -> void* {
                    (*static_cast<decltype(body)*>(work))();
                    return nullptr;
                  },
                  const_cast<void*>(static_cast<const void*>(&body))),
              0);
    while (!begun) std::this_thread::yield();
    pthread_cancel(thread);
    void* result = nullptr;
    EXPECT_EQ(pthread_join(thread, &result), 0);
    EXPECT_EQ(result, PTHREAD_CANCELED);
  }
  both.send_by_socket();
  EXPECT_EQ(both.wait(), 1);
}

// In a child, another thread waits meanwhile; `end` ends the process.
template <class End>
int status_with_one_waiting(End end) {
  const Both both;
  const pid_t pid = fork();
  if (pid == 0) {
    std::atomic<bool> begun = false;
    std::thread waiting([&] {
      begun = true;
      static_cast<void>(both.wait());
    });
    while (!begun) std::this_thread::yield();
    std::this_thread::sleep_for(milliseconds(20));
    end();
    _exit(100);
  }
  int status = -1;
  waitpid(pid, &status, 0);
  both.send_by_socket();
  EXPECT_EQ(both.wait(), 1);
  return status;
}

TEST(Mixed, AProcessEndsMeanwhile) {
  EXPECT_EQ(status_with_one_waiting([] { _exit(0); }), 0);
  EXPECT_EQ(status_with_one_waiting([] { raise(SIGKILL); }), SIGKILL);
}

TEST(Mixed, AProcessExecutesAnotherProgramMeanwhile) {
  EXPECT_EQ(status_with_one_waiting([] { execl("/bin/true", "true", nullptr); }), 0);
}

TEST(Mixed, AFailedExecChangesNothing) {
  EXPECT_EQ(status_with_one_waiting([] {
              execl("/nonexistent", "nonexistent", nullptr);
              const Both own;
              own.send_by_socket();
              _exit(own.wait() == 1 && own.wait(0) == 1 ? 0 : 1);
            }),
            0);
}

}  // namespace
}  // namespace farcall::conformance
