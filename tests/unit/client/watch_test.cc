// A thread whose call takes long while another makes one call after the other on the stream.
#include <farcall/client.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <rump/rumpclient.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include "fake_server.h"
#include "netbsd/constants.h"
#include "netbsd/syscalls.h"

namespace farcall::client_test {
namespace {

constexpr int kEcho = 100;
constexpr int kLong = 101;           ///< is answered only when others say so
constexpr int kRelease = 102;        ///< answers itself, then these
constexpr int kReleaseBefore = 103;  ///< answers these before itself
constexpr int kStop = 104;

/// The server's part of a fork.
void give_cookie(Peer& peer, const Frame& prefork) {
  constexpr wire::ForkCookie kCookie{{1, 2, 3, 4}};
  peer.send(wire::FrameClass::response, wire::FrameType::prefork, prefork.header.request, 0,
            {reinterpret_cast<const char*>(&kCookie), sizeof kCookie});
}

/// Ends as soon as `kStop` has come; an interrupt ends a long call. A child of fork is served in
/// between.
void busy_server(const Listener& listener, Peer& peer) {
  std::vector<Frame> held;
  const auto release = [&] {
    for (const Frame& each : held) peer.answer(each, 0, 7);
    held.clear();
  };
  for (;;) {
    Frame frame = peer.read();
    if (frame.header.type == wire::FrameType::prefork) {
      give_cookie(peer, frame);
      Peer child = listener.accept();
      child.welcome();
      busy_server(listener, child);
      continue;
    }
    if (frame.header.type == wire::FrameType::interrupt) {
      for (const Frame& each : held) {
        if (each.header.request == frame.header.request) peer.answer(each, NB_EINTR);
      }
      continue;
    }
    if (frame.header.detail == kLong) {
      held.push_back(std::move(frame));
      continue;
    }
    if (frame.header.detail == kReleaseBefore) release();
    peer.answer(frame, 0, frame.header.detail == kEcho ? 1 : 0);
    if (frame.header.detail == kRelease) release();
    if (frame.header.detail == kStop || frame.header.length == 0) return;
  }
}

/// What the host says of a thread: a line of /proc that begins so.
std::string line_of(pid_t thread, const char* file, const std::string& begin) {
  std::ifstream lines("/proc/self/task/" + std::to_string(thread) + "/" + file);
  std::string line;
  while (std::getline(lines, line) && !line.starts_with(begin)) continue;
  return line;
}

long sleeps_of(pid_t thread) {
  const std::string name = "voluntary_ctxt_switches:";
  return std::stol(line_of(thread, "status", name).substr(name.size()));
}

bool host_polls_by_aio() {
  aio_context_t context = 0;
  if (syscall(SYS_io_setup, 1, &context) != 0) return false;
  syscall(SYS_io_destroy, context);
  return true;
}

std::atomic<int> handled;
std::atomic<int> nested;
sigjmp_buf away;

void count(int) { ++handled; }
void echo(int) {
  nested += static_cast<int>(call(kEcho).result[0]);
  ++handled;
}
void release(int) {
  if (handled++ == 0) call(kReleaseBefore);
}
void jump(int) { siglongjmp(away, 1); }
std::atomic<pid_t> child;
void fork_once(int) {
  if (handled == 0) child = rumpclient_fork();
  ++handled;
}

class WatchTest : public ClientTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(host_polls_by_aio()) << "without aio(7) nobody can watch";
    handled = nested = 0;
    connect_to([this](Peer& peer) { busy_server(listener_, peer); });
  }
  void TearDown() override {
    if (server_.joinable()) {
      EXPECT_EQ(call(kStop).error, 0);
    }
    ClientTest::TearDown();
  }
  /// Runs `work`, which makes a long call, in a thread, and returns when that thread watches.
  template <class Work>
  void start_watcher(Work work) {
    std::atomic<pid_t> number = 0;
    thread_ = std::thread([&number, work] {
      number = gettid();
      work();
    });
    while (number == 0) std::this_thread::yield();
    watcher_ = number;
    while (!is_watching()) EXPECT_EQ(call(kEcho).result[0], 1);
  }
  /// It sleeps in read(2), where it sleeps for nothing else.
  bool is_watching() const {
    const auto begin = std::to_string(SYS_read) + " ";
    return line_of(watcher_, "syscall", begin).starts_with(begin);
  }
  void end_watcher() {
    EXPECT_EQ(call(kRelease).error, 0);
    thread_.join();
  }
  std::thread thread_;
  pid_t watcher_ = 0;
};

class WatchSignalsTest : public WatchTest {
 protected:
  void SetUp() override {
    if (kThreadSanitizer) GTEST_SKIP() << "ThreadSanitizer holds the handlers back";
    WatchTest::SetUp();
  }
  static void handle(void (*handler)(int), int flags) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigaction(SIGUSR1, &action, nullptr);
  }
  void signal_once() {
    const int before = handled;
    pthread_kill(thread_.native_handle(), SIGUSR1);
    while (handled == before) std::this_thread::yield();
  }
};

void expect_long_call_to_end() { EXPECT_EQ(call(kLong).result[0], 7); }

TEST_F(WatchTest, AThreadWhoseCallTakesLongIsLeftAsleep) {
  start_watcher(expect_long_call_to_end);
  constexpr int kCalls = 500;
  const long before = sleeps_of(watcher_);
  for (int i = 0; i < kCalls; ++i) EXPECT_EQ(call(kEcho).result[0], 1);
  EXPECT_LT(sleeps_of(watcher_) - before, kCalls / 10);
  end_watcher();
}

TEST_F(WatchTest, ItTakesWhatNobodyElseReads) {
  for (int i = 0; i < 100; ++i) {
    std::atomic<int> ended = 0;
    const auto wait = [&ended] {
      expect_long_call_to_end();
      ++ended;
    };
    start_watcher(wait);
    std::thread another(wait);
    // Who makes the call is gone when the last answer comes.
    while (ended < 2) std::thread([] { EXPECT_EQ(call(kRelease).error, 0); }).join();
    thread_.join();
    another.join();
  }
}

TEST_F(WatchSignalsTest, SaRestartLetsItsCallGoOn) {
  handle(count, SA_RESTART);
  start_watcher(expect_long_call_to_end);
  for (int i = 0; i < 5; ++i) signal_once();
  while (!is_watching()) std::this_thread::yield();
  end_watcher();
}

TEST_F(WatchSignalsTest, AHandlerWithoutSaRestartEndsItsCall) {
  handle(count, 0);
  start_watcher([] { EXPECT_EQ(call(kLong).error, NB_EINTR); });
  signal_once();
  thread_.join();
}

TEST_F(WatchSignalsTest, AHandlerMakesCallsMeanwhile) {
  handle(echo, SA_RESTART);
  start_watcher(expect_long_call_to_end);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(call(kEcho).result[0], 1);
    signal_once();
  }
  EXPECT_EQ(nested, 20);
  end_watcher();
}

TEST_F(WatchSignalsTest, AHandlersCallBringsItsAnswer) {
  handle(release, SA_RESTART);
  start_watcher(expect_long_call_to_end);
  signal_once();
  thread_.join();
}

TEST_F(WatchSignalsTest, AHandlerNeverComesBack) {
  handle(jump, 0);
  start_watcher([] {
    if (sigsetjmp(away, 1) == 0) call(kLong);
    EXPECT_EQ(call(kEcho).result[0], 1);
    ++handled;
    expect_long_call_to_end();
  });
  signal_once();
  while (!is_watching()) EXPECT_EQ(call(kEcho).result[0], 1);
  end_watcher();
}

TEST_F(WatchSignalsTest, AHandlerForks) {
  for (const int flags : {0, SA_RESTART}) {
    handled = 0;
    handle(fork_once, flags);
    start_watcher([] {
      const int error = call(kLong).error;
      if (child != 0) return;
      const bool well = error == NB_EINTR && call(kEcho).result[0] == 1;
      call(kStop);
      _exit(well ? 0 : 1);
    });
    signal_once();
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    end_watcher();
  }
}

TEST_F(WatchTest, TheEndOfTheConnectionEndsItsCall) {
  start_watcher([] { EXPECT_EQ(call(kLong).error, -1); });
  EXPECT_EQ(call(kStop).error, 0);
  join();
  thread_.join();
}

TEST_F(WatchTest, AFailedExecChangesNothing) {
  start_watcher(expect_long_call_to_end);
  for (int i = 0; i < 20; ++i) {
    char* arguments[] = {nullptr};
    EXPECT_EQ(rumpclient_exec("/nonexistent", arguments, environ), -1);
    EXPECT_EQ(call(kEcho).result[0], 1);
  }
  end_watcher();
}

}  // namespace
}  // namespace farcall::client_test
