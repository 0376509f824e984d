// Calls through channels, against a server that is made of a script.
#include <farcall/client.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <future>

#include "fake_server.h"
#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "netbsd/syscalls.h"
#include "server_end.h"

namespace farcall::client_test {
namespace {

class ChannelTest : public ClientTest {
 protected:
  using Script = std::function<void(Peer&, ServerEnd&)>;

  void TearDown() override {
    if (handles_) sigaction(SIGUSR1, &before_, nullptr);
    ClientTest::TearDown();
  }
  /// Connects, and makes the first call: the second is the first in the channel.
  void with_channel(Script script, bool with_event = false) {
    caller_ = pthread_self();
    connect_to(
        [script = std::move(script), with_event](Peer& peer) {
          ServerEnd end = open_channel(peer, with_event);
          script(peer, end);
        },
        kOurBanner, with_event ? kEvents : kAllFeatures);
    EXPECT_EQ(call(1).error, 0);
  }
  void handle(void (*handler)(int), int flags) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigaction(SIGUSR1, &action, &before_);
    handles_ = true;
  }
  /// Signals the caller until its client says something on the stream.
  void signal_until_heard(Peer& peer) const {
    for (int i = 0; i < 1500 && !peer.has_input(20); ++i) pthread_kill(caller_, SIGUSR1);
  }
  static void expect_interrupt(Peer& peer, const ServerEnd& end) {
    const Frame interrupt = peer.read();
    EXPECT_EQ(interrupt.header.type, wire::FrameType::interrupt);
    EXPECT_EQ(interrupt.header.request, end.request().request);
  }

  pthread_t caller_{};
  struct sigaction before_ {};
  bool handles_ = false;
};

std::atomic<int> handled{0};
void count(int) { ++handled; }

TEST_F(ChannelTest, CarriesCallsFromTheSecondOn) {
  with_channel([](Peer& peer, ServerEnd& end) {
    for (int i = 0; i < 1000; ++i) {
      ASSERT_TRUE(end.await_request());
      EXPECT_EQ(end.request().number, 4);
      EXPECT_EQ(end.request().argument_count, 3);
      EXPECT_EQ(end.request().argument[2], static_cast<std::uint64_t>(i));
      EXPECT_EQ(end.request().request & channel::kRequestBits, channel::kRequestBits);
      end.answer(i % 7 == 3 ? NB_EBADF : 0, i);
    }
    EXPECT_FALSE(peer.has_input(0)) << "nothing goes over the stream meanwhile";
  });
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const Outcome outcome = call(4, {1, 2, i});
    EXPECT_EQ(outcome.error, i % 7 == 3 ? NB_EBADF : 0);
    if (outcome.error == 0) {
      EXPECT_EQ(outcome.result[0], static_cast<long>(i));
    }
  }
}

TEST_F(ChannelTest, WaitsAsleep) {
  with_channel([](Peer&, ServerEnd& end) {
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(end.await_request());
      ASSERT_TRUE(end.client_sleeps());
      end.answer(0, i);
    }
  });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(call(3).result[0], i);
}

TEST_F(ChannelTest, AHandlerWithoutSaRestartEndsTheCall) {
  if (kThreadSanitizer) GTEST_SKIP() << "ThreadSanitizer holds the handlers back";
  for (const int restart : {1, 0}) {
    handle(count, restart != 0 ? 0 : SA_RESTART);
    with_channel(
        [&](Peer& peer, ServerEnd& end) {
          ASSERT_TRUE(end.await_request());
          signal_until_heard(peer);
          expect_interrupt(peer, end);
          EXPECT_FALSE(peer.has_input(50)) << "one interrupt is enough";
          end.answer(NB_EINTR);
        },
        restart == 0);
    EXPECT_EQ(call(3, {}, restart).error, NB_EINTR);
    join();
    EXPECT_EQ(call(3).error, -1);
  }
}

// A handler that had returned before poll slept did not end it, and rsync hung.
TEST_F(ChannelTest, AHandlerEndsAPollAlsoWhenItsSignalComesBeforeTheSleep) {
  if (kThreadSanitizer) GTEST_SKIP() << "ThreadSanitizer holds the handlers back";
  handle(count, SA_RESTART);
  constexpr int kRounds = 500;
  with_channel(
      [&](Peer& peer, ServerEnd& end) {
        for (int i = 0; i < kRounds; ++i) {
          ASSERT_TRUE(end.await_request());
          pthread_kill(caller_, SIGUSR1);  // while it spins, or a little later
          expect_interrupt(peer, end);
          end.answer(NB_EINTR);
        }
      },
      true);
  handled = 0;
  for (int i = 1; i <= kRounds; ++i) {
    EXPECT_EQ(call(NB_SYS_pollts50, {}, 0).error, NB_EINTR);
    EXPECT_EQ(handled, i);
  }
}

TEST_F(ChannelTest, ASignalThatWasHeldBeforeTheCallEndsIt) {
  if (kThreadSanitizer) GTEST_SKIP() << "ThreadSanitizer holds the handlers back";
  handle(count, SA_RESTART);
  handled = 0;
  with_channel(
      [&](Peer& peer, ServerEnd& end) {
        ASSERT_TRUE(end.await_request());
        ASSERT_TRUE(end.client_expects_event());
        expect_interrupt(peer, end);
        end.answer(NB_EINTR);
        ASSERT_TRUE(end.await_request());
        ASSERT_TRUE(end.client_expects_event());
        end.answer(0, 5);
      },
      true);
  sigset_t held;
  sigset_t open;
  sigfillset(&held);
  pthread_sigmask(SIG_BLOCK, &held, &open);
  raise(SIGUSR1);
  const std::uint64_t arguments[4] = {};
  long result[2] = {};
  EXPECT_EQ(farcall_syscall_masked(NB_SYS_pollts50, arguments, 4, result, 0), NB_EINTR);
  EXPECT_EQ(handled, 1);
  raise(SIGUSR1);
  const std::uint64_t usr1 = std::uint64_t{1} << (SIGUSR1 - 1);
  EXPECT_EQ(farcall_syscall_masked(NB_SYS_pollts50, arguments, 4, result, usr1), 0);
  EXPECT_EQ(result[0], 5);
  EXPECT_EQ(handled, 1) << "the mask holds it, still";
  pthread_sigmask(SIG_SETMASK, &open, nullptr);
  EXPECT_EQ(handled, 2);
}

TEST_F(ChannelTest, WithoutEventsAPollGoesOverTheStream) {
  with_channel([](Peer& peer, ServerEnd& end) {
    peer.answer(peer.expect_syscall(NB_SYS_pollts50), 0, 3);
    ASSERT_TRUE(end.await_request());
    end.answer(0, 4);
  });
  EXPECT_EQ(call(NB_SYS_pollts50, {}, 0).result[0], 3);
  EXPECT_EQ(call(NB_SYS_pollts50).result[0], 4);
}

TEST_F(ChannelTest, SaRestartLetsTheCallGoOn) {
  if (kThreadSanitizer) GTEST_SKIP() << "ThreadSanitizer holds the handlers back";
  handle(count, SA_RESTART);
  handled = 0;
  with_channel([&](Peer& peer, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    ASSERT_TRUE(end.client_sleeps());
    for (int i = 0; i < 1000 && handled < 5; ++i) {
      pthread_kill(caller_, SIGUSR1);
      EXPECT_FALSE(peer.has_input(10));
    }
    end.answer(0, 9);
  });
  EXPECT_EQ(call(3).result[0], 9);
  EXPECT_GE(handled, 5);
}

std::atomic<long> nested{0};
void call_once(int) {
  const int before = errno;
  if (handled++ == 0) nested = call(39).result[0];
  errno = before;
}

TEST_F(ChannelTest, AHandlersCallGoesOverTheStream) {
  if (kThreadSanitizer) GTEST_SKIP() << "ThreadSanitizer holds the handlers back";
  handle(call_once, SA_RESTART);
  handled = 0;
  with_channel([&](Peer& peer, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    signal_until_heard(peer);
    peer.answer(peer.expect_syscall(39), 0, 77);
    end.answer(0, 88);
  });
  EXPECT_EQ(call(3).result[0], 88);
  EXPECT_EQ(nested, 77);
}

sigjmp_buf left;
void leave(int) { siglongjmp(left, 1); }

TEST_F(ChannelTest, AHandlerNeverComesBack) {
  if (kThreadSanitizer) GTEST_SKIP() << "ThreadSanitizer holds the handlers back";
  handle(leave, 0);
  std::promise<void> jumped;
  with_channel([&](Peer& peer, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    pthread_kill(caller_, SIGUSR1);
    jumped.get_future().wait();
    // The next call finds out, and waits until that one has ended.
    expect_interrupt(peer, end);
    EXPECT_TRUE(end.client_sleeps());
    end.answer(NB_EINTR);
    ASSERT_TRUE(end.await_request());
    EXPECT_EQ(end.request().number, 20);
    end.answer(0, 7);
  });
  if (sigsetjmp(left, 1) == 0) {
    call(3);
    ADD_FAILURE() << "the call came back";
  }
  signal(SIGUSR1, SIG_IGN);
  jumped.set_value();
  EXPECT_EQ(call(20).result[0], 7);
}

TEST_F(ChannelTest, TheKernelsSignalComesWithTheAnswer) {
  handle(count, 0);
  handled = 0;
  with_channel([](Peer&, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    end.answer(NB_EPIPE, 0, NB_SIGUSR1);
  });
  EXPECT_EQ(call(4).error, NB_EPIPE);
  EXPECT_EQ(handled, 1);
}

TEST_F(ChannelTest, WhoSleepsReadsTheStreamWhenTold) {
  handle(count, SA_RESTART);
  handled = 0;
  with_channel([](Peer& peer, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    ASSERT_TRUE(end.client_sleeps());
    peer.send(wire::FrameClass::request, wire::FrameType::raise, 0, NB_SIGUSR1);
    end.draw_attention();
    for (int i = 0; i < 3000 && handled == 0; ++i) peer.has_input(10);
    EXPECT_EQ(handled, 1);
    end.answer(0, 4);
  });
  EXPECT_EQ(call(3).result[0], 4);
}

TEST_F(ChannelTest, TheEndOfTheServerEndsTheCall) {
  for (const bool killed : {false, true}) {
    for (const bool on_event : {false, true}) {
      with_channel(
          [=](Peer& peer, ServerEnd& end) {
            ASSERT_TRUE(end.await_request());
            ASSERT_TRUE(on_event ? end.client_expects_event() : end.client_sleeps());
            if (!killed) end.leave();
            peer.hang_up();
          },
          true);
      EXPECT_EQ(call(3, {}, on_event ? 0 : 1).error, -1);
      join();
    }
  }
}

TEST_F(ChannelTest, EndsWithItsThread) {
  connect_to(
      [](Peer& peer) {
        ServerEnd end = open_channel(peer);
        ASSERT_TRUE(end.await_request());
        end.answer(0, 3);
        EXPECT_TRUE(end.is_closed());
      },
      kOurBanner, kAllFeatures);
  std::thread([] {
    call(1);
    EXPECT_EQ(call(3).result[0], 3);
  }).join();
}

TEST_F(ChannelTest, AChildOfForkHasNoPartInIt) {
  with_channel([](Peer&, ServerEnd& end) {
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(end.await_request());
      end.answer(0, i);
    }
  });
  EXPECT_EQ(call(3).result[0], 0);
  const pid_t pid = fork();
  if (pid == 0) _exit(call(3).error == -1 ? 0 : 1);
  int status = -1;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(call(3).result[0], 1);
}

TEST_F(ChannelTest, ARefusedOneIsNotAskedForAgain) {
  connect_to(
      [](Peer& peer) {
        peer.answer(peer.expect_syscall(1), 0);
        const Frame open = peer.read();
        peer.send(wire::FrameClass::error, wire::FrameType::channel_open, open.header.request,
                  static_cast<std::uint32_t>(wire::WireError::try_again));
        for (int i = 0; i < 3; ++i) peer.answer(peer.expect_syscall(1), 0, i);
      },
      kOurBanner, kAllFeatures);
  EXPECT_EQ(call(1).error, 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(call(1).result[0], i);
}

TEST_F(ChannelTest, NoneWithoutTheServersConsent) {
  setenv("FARCALL_FEATURES", "direct_memory", 1);
  connect_to([](Peer& peer) {
    for (int i = 0; i < 3; ++i) peer.answer(peer.expect_syscall(1), 0, i);
  });
  unsetenv("FARCALL_FEATURES");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(call(1).result[0], i);
}

std::uint64_t address_of(const void* memory) { return reinterpret_cast<std::uint64_t>(memory); }

constexpr std::uint64_t kNowhere = 8;  // an address that no program has

TEST_F(ChannelTest, BringsWhatACallReads) {
  const char text[] = "some text";
  const std::uint64_t at = address_of(text);
  with_channel([at](Peer&, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    ASSERT_EQ(end.request().input_extents, 1);
    EXPECT_EQ(end.page().input[0].address, at);
    EXPECT_EQ(end.page().input[0].length, 9U);
    EXPECT_EQ(end.area(0, 9), "some text");
    end.answer(0, 9);
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(end.await_request());
      EXPECT_EQ(end.request().input_extents, 0) << "bad, or too much: the server asks for it";
      end.answer(NB_EFAULT);
    }
  });
  EXPECT_EQ(call(NB_SYS_write, {1, at, 9}).result[0], 9);
  EXPECT_EQ(call(NB_SYS_write, {1, kNowhere, 9}).error, NB_EFAULT);
  EXPECT_EQ(call(NB_SYS_write, {1, at, 1 << 30}).error, NB_EFAULT);
}

TEST_F(ChannelTest, ALimitOnFilesIsNoConcernOfTheProgram) {
  const char text[] = "some text";
  with_channel([](Peer&, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    end.answer(0);
    ASSERT_TRUE(end.await_request());
    EXPECT_EQ(end.request().input_extents, 0) << "the server asks for it";
    end.answer(0, 9);
  });
  EXPECT_EQ(call(1).error, 0);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &none), 0);
  const Outcome outcome = call(NB_SYS_write, {1, address_of(text), 9});
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(outcome.result[0], 9);
}

TEST_F(ChannelTest, BringsWhatIovecsPointAt) {
  const netbsd::iovec iovecs[2] = {{const_cast<char*>("ab"), 2}, {const_cast<char*>("cde"), 3}};
  with_channel([](Peer&, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    ASSERT_EQ(end.request().input_extents, 3);
    EXPECT_EQ(end.page().input[0].length, sizeof(netbsd::iovec) * 2);
    EXPECT_EQ(end.area(sizeof(netbsd::iovec) * 2, 5), "abcde");
    end.answer(0, 5);
    ASSERT_TRUE(end.await_request());
    EXPECT_EQ(end.request().input_extents, 0);
    end.answer(NB_EFAULT);
  });
  EXPECT_EQ(call(NB_SYS_writev, {1, address_of(iovecs), 2}).result[0], 5);
  EXPECT_EQ(call(NB_SYS_writev, {1, kNowhere, 2}).error, NB_EFAULT);
}

TEST_F(ChannelTest, TakesWhatACallWrites) {
  char first[8] = "";
  char second[8] = "";
  with_channel([&](Peer&, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    end.put(0, {{address_of(first), 3, 0}, {address_of(second), 2, 0}}, "abcxy");
    end.answer(0, 5);
  });
  EXPECT_EQ(call(NB_SYS_read, {1, address_of(first), 5}).result[0], 5);
  EXPECT_STREQ(first, "abc");
  EXPECT_STREQ(second, "xy");
}

TEST_F(ChannelTest, OutputForABadAddressIsAFault) {
  char good[8] = "";
  with_channel([&](Peer&, ServerEnd& end) {
    for (const std::uint64_t address : {kNowhere, address_of(good)}) {
      ASSERT_TRUE(end.await_request());
      end.put(0, {{address, 2, 0}}, "ok");
      end.answer(0, 2);
    }
  });
  EXPECT_EQ(call(NB_SYS_read, {1, kNowhere, 2}).error, NB_EFAULT);
  EXPECT_EQ(call(NB_SYS_read, {1, address_of(good), 2}).error, 0);
  EXPECT_STREQ(good, "ok");
}

TEST_F(ChannelTest, OutputThatTheAreaCannotHaveIsAFault) {
  char good[8] = "";
  const std::uint64_t at = address_of(good);
  with_channel([at](Peer&, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    end.put(0, {{at, channel::kAreaSize, 0}, {at, 1, 0}}, "");
    end.answer(0);
    ASSERT_TRUE(end.await_request());
    end.claim_output(UINT32_MAX);
    end.answer(0);
  });
  EXPECT_EQ(call(NB_SYS_read, {1, at, 2}).error, NB_EFAULT);
  EXPECT_EQ(call(NB_SYS_read, {1, at, 2}).error, NB_EFAULT);
  EXPECT_STREQ(good, "");
}

}  // namespace
}  // namespace farcall::client_test
