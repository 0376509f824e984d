// Signals that arrive while a call waits.
#include <farcall/client.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <thread>

#include "fake_server.h"
#include "netbsd/constants.h"
#include "netbsd/syscalls.h"

namespace farcall::client_test {
namespace {

std::atomic<int> handled{0};

/// Installs a handler for SIGUSR1 for the test's time.
class SignalsTest : public ClientTest {
 protected:
  void SetUp() override {
    if (kThreadSanitizer) GTEST_SKIP() << "ThreadSanitizer holds the handlers back";
    handled = 0;
    caller_ = pthread_self();
  }
  void TearDown() override {
    if (kThreadSanitizer) return;
    sigaction(SIGUSR1, &before_, nullptr);
    ClientTest::TearDown();
  }
  void handle(void (*handler)(int), int flags) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigaction(SIGUSR1, &action, &before_);
  }
  /// Signals the caller until its client says something: a signal that comes just before the wait
  /// does not end it.
  void signal_until_heard(Peer& peer) {
    for (int i = 0; i < 500 && !peer.has_input(20); ++i) pthread_kill(caller_, SIGUSR1);
  }
  void signal_until(const std::function<bool()>& condition) {
    for (int i = 0; i < 1000 && !condition(); ++i) {
      pthread_kill(caller_, SIGUSR1);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  static void expect_interrupt(Peer& peer, const Frame& syscall) {
    const Frame interrupt = peer.read();
    EXPECT_EQ(interrupt.header.type, wire::FrameType::interrupt);
    EXPECT_EQ(interrupt.header.request, syscall.header.request);
    EXPECT_EQ(interrupt.header.length, sizeof interrupt.header);
  }

  pthread_t caller_;
  struct sigaction before_ {};
};

void count(int) { ++handled; }

TEST_F(SignalsTest, AHandlerWithoutSaRestartEndsTheCall) {
  handle(count, 0);
  connect_to([&](Peer& peer) {
    const Frame syscall = peer.expect_syscall(3);
    signal_until_heard(peer);
    expect_interrupt(peer, syscall);
    EXPECT_FALSE(peer.has_input(50)) << "one interrupt is enough";
    peer.answer(syscall, NB_EINTR);
  });
  EXPECT_EQ(call(3).error, NB_EINTR);
  EXPECT_GE(handled, 1);
}

TEST_F(SignalsTest, AnInterruptThatComesTooLateChangesNothing) {
  handle(count, 0);
  connect_to([&](Peer& peer) {
    const Frame syscall = peer.expect_syscall(3);
    signal_until_heard(peer);
    expect_interrupt(peer, syscall);
    signal_until([n = handled.load()] { return handled >= n + 2; });
    peer.answer(syscall, 0, 17);
  });
  EXPECT_EQ(call(3).result[0], 17);
}

TEST_F(SignalsTest, SaRestartLetsTheCallGoOn) {
  handle(count, SA_RESTART);
  connect_to([&](Peer& peer) {
    const Frame syscall = peer.expect_syscall(3);
    signal_until([] { return handled >= 5; });
    EXPECT_FALSE(peer.has_input(50));
    peer.answer(syscall, 0, 9);
  });
  EXPECT_EQ(call(3).result[0], 9);
  EXPECT_GE(handled, 5) << "handlers run while the call waits";
}

TEST_F(SignalsTest, SomeCallsEndAfterAnyHandler) {
  handle(count, SA_RESTART);
  connect_to([&](Peer& peer) {
    const Frame syscall = peer.expect_syscall(209);
    signal_until_heard(peer);
    expect_interrupt(peer, syscall);
    peer.answer(syscall, NB_EINTR);
  });
  EXPECT_EQ(call(209, {}, 0).error, NB_EINTR);
}

TEST_F(SignalsTest, AStockServerIsNotInterrupted) {
  handle(count, 0);
  connect_to(
      [&](Peer& peer) {
        const Frame syscall = peer.expect_syscall(3);
        signal_until([] { return handled >= 5; });
        EXPECT_FALSE(peer.has_input(50));
        peer.answer(syscall, 0, 9);
      },
      kStockBanner);
  EXPECT_EQ(call(3).result[0], 9);
}

/// The same for a thread that sleeps while another reads.
TEST_F(SignalsTest, ASleeperIsInterruptedToo) {
  for (const int restart : {0, 1}) {
    handled = 0;
    handle(count, restart == 0 ? SA_RESTART : 0);
    std::promise<void> reader_waits;
    connect_to([&](Peer& peer) {
      const Frame reading = peer.expect_syscall(30);
      reader_waits.set_value();
      const Frame syscall = peer.expect_syscall(3);
      signal_until_heard(peer);
      expect_interrupt(peer, syscall);
      peer.answer(syscall, NB_EINTR);
      peer.answer(reading, 0, 1);
    });
    std::thread reader([] { EXPECT_EQ(call(30).result[0], 1); });
    reader_waits.get_future().wait();
    EXPECT_EQ(call(3, {}, restart).error, NB_EINTR);
    reader.join();
    join();
    EXPECT_EQ(call(1).error, -1);
  }
}

// As above, with signals that come before the poll sleeps, or before it waits for its turn to.
TEST_F(SignalsTest, ASignalBeforeTheSleepEndsAPoll) {
  handle(count, SA_RESTART);
  constexpr int kRounds = 200;
  for (const bool another_reads : {false, true}) {
    std::promise<void> reader_waits;
    connect_to([&](Peer& peer) {
      Frame reading;
      if (another_reads) {
        reading = peer.expect_syscall(30);
        reader_waits.set_value();
      }
      for (int i = 0; i < kRounds; ++i) {
        const Frame syscall = peer.expect_syscall(NB_SYS_pollts50);
        pthread_kill(caller_, SIGUSR1);
        expect_interrupt(peer, syscall);
        peer.answer(syscall, NB_EINTR);
      }
      if (another_reads) peer.answer(reading, 0, 1);
    });
    std::thread reader;
    if (another_reads) {
      reader = std::thread([] { EXPECT_EQ(call(30).result[0], 1); });
      reader_waits.get_future().wait();
    }
    for (int i = 0; i < kRounds; ++i) EXPECT_EQ(call(NB_SYS_pollts50, {}, 0).error, NB_EINTR);
    if (another_reads) reader.join();
    join();
    EXPECT_EQ(call(1).error, -1);
  }
}

std::atomic<long> nested{0};

void call_once(int) {
  const int before = errno;
  if (handled++ == 0) nested = call(39).result[0];
  errno = before;
}

TEST_F(SignalsTest, AHandlerMakesACallOfItsOwn) {
  handle(call_once, SA_RESTART);
  nested = 0;
  connect_to([&](Peer& peer) {
    const Frame outer = peer.expect_syscall(3);
    signal_until_heard(peer);
    peer.answer(peer.expect_syscall(39), 0, 77);
    EXPECT_FALSE(peer.has_input(20));
    peer.answer(outer, 0, 88);
  });
  EXPECT_EQ(call(3).result[0], 88);
  EXPECT_EQ(nested, 77);
}

TEST_F(SignalsTest, AHandlersCallTakesTheInterruptedOnesAnswer) {
  handle(call_once, SA_RESTART);
  nested = 0;
  connect_to([&](Peer& peer) {
    const Frame outer = peer.expect_syscall(3);
    signal_until_heard(peer);
    const Frame inner = peer.expect_syscall(39);
    peer.answer(outer, 0, 88);
    peer.answer(inner, 0, 77);
    const Frame nudge = peer.expect_syscall(20);
    EXPECT_EQ(nudge.header.request, ~std::uint64_t{0});
    peer.answer(nudge, 0, 1);
  });
  EXPECT_EQ(call(3).result[0], 88);
  EXPECT_EQ(nested, 77);
}

sigjmp_buf left;
void leave(int) { siglongjmp(left, 1); }

TEST_F(SignalsTest, AHandlerNeverComesBack) {
  handle(leave, 0);
  std::promise<void> jumped;
  std::promise<void> next_waits;
  connect_to([&](Peer& peer) {
    const Frame left_behind = peer.expect_syscall(3);
    signal_until([&, f = jumped.get_future().share()] {
      return f.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    });
    // The next call finds out, gives the first up, and hands the baton on when it leaves.
    const Frame next = peer.expect_syscall(20);
    expect_interrupt(peer, left_behind);
    next_waits.set_value();
    const Frame other = peer.expect_syscall(21);
    peer.answer(left_behind, NB_EINTR);
    peer.answer(next, 0, 5);
    peer.answer(other, 0, 6);
  });
  if (sigsetjmp(left, 1) == 0) {
    call(3);
    ADD_FAILURE() << "the call came back";
  }
  signal(SIGUSR1, SIG_IGN);
  jumped.set_value();
  std::thread other([&] {
    next_waits.get_future().wait();
    EXPECT_EQ(call(21).result[0], 6);
  });
  EXPECT_EQ(call(20).result[0], 5);
  other.join();
}

}  // namespace
}  // namespace farcall::client_test
