// Asynchronous calls through channels, whose answers an eventfd tells of.
#include <farcall/client.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <future>
#include <thread>
#include <vector>

#include "fake_server.h"
#include "netbsd/constants.h"
#include "netbsd/syscalls.h"
#include "server_end.h"

namespace farcall::client_test {
namespace {

constexpr int kPatienceMs = 60000;
constexpr int kLost = -1;

farcall_call* submit(int number, std::initializer_list<std::uint64_t> arguments = {}) {
  farcall_call* pending =
      farcall_submit(number, arguments.begin(), static_cast<unsigned>(arguments.size()));
  EXPECT_NE(pending, nullptr);
  return pending;
}

bool readable(farcall_call* pending, int milliseconds = kPatienceMs) {
  pollfd entry{farcall_call_fd(pending), POLLIN, 0};
  return poll(&entry, 1, milliseconds) == 1;
}

/// Awaits a call as a program with a poll loop does, and frees it.
Outcome finish(farcall_call* pending) {
  Outcome outcome;
  while (farcall_try(pending, &outcome.error, outcome.result) == 0) {
    if (!readable(pending)) {
      ADD_FAILURE() << "nothing woke the poller";
      break;
    }
  }
  farcall_call_free(pending);
  return outcome;
}

class AsyncChannelTest : public ClientTest {
 protected:
  using Script = std::function<void(Peer&, ServerEnd&)>;

  /// Connects, and makes the first asynchronous call, over the stream: the second is the first in
  /// the channel.
  void with_channel(Script script) {
    connect_to(
        [script = std::move(script)](Peer& peer) {
          peer.answer(peer.expect_syscall(1), 0);
          ServerEnd end = accept_channel(peer, true);
          script(peer, end);
        },
        kOurBanner, kEvents);
    EXPECT_EQ(finish(submit(1)).error, 0);
  }
  static void expect_interrupt(Peer& peer, const ServerEnd& end) {
    const Frame interrupt = peer.read();
    EXPECT_EQ(interrupt.header.type, wire::FrameType::interrupt);
    EXPECT_EQ(interrupt.header.request, end.request().request);
  }
};

TEST_F(AsyncChannelTest, TheEventTellsOfTheAnswer) {
  with_channel([](Peer& peer, ServerEnd& end) {
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(end.await_request());
      EXPECT_EQ(end.request().number, 209);
      EXPECT_EQ(end.request().argument[0], static_cast<std::uint64_t>(i));
      ASSERT_TRUE(end.client_expects_event());
      end.answer(i % 7 == 3 ? NB_EBADF : 0, i);
    }
    EXPECT_FALSE(peer.has_input(0)) << "nothing goes over the stream meanwhile";
  });
  int descriptor = -1;
  for (std::uint64_t i = 0; i < 100; ++i) {
    farcall_call* pending = submit(209, {i});
    if (i == 0) descriptor = farcall_call_fd(pending);
    EXPECT_EQ(farcall_call_fd(pending), descriptor);
    const Outcome outcome = finish(pending);
    EXPECT_EQ(outcome.error, i % 7 == 3 ? NB_EBADF : 0);
    if (outcome.error == 0) {
      EXPECT_EQ(outcome.result[0], static_cast<long>(i));
    }
  }
}

TEST_F(AsyncChannelTest, NothingIsToldBeforeTheAnswer) {
  std::promise<void> go;
  with_channel([&](Peer&, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    go.get_future().wait();
    end.answer(0, 5);
  });
  farcall_call* pending = submit(209);
  EXPECT_FALSE(readable(pending, 50));
  Outcome outcome;
  EXPECT_EQ(farcall_try(pending, &outcome.error, outcome.result), 0);
  go.set_value();
  EXPECT_EQ(finish(pending).result[0], 5);
}

TEST_F(AsyncChannelTest, AnAnswerBeforeTheQuestionNeedsNoSignal) {
  std::promise<void> answered;
  with_channel([&](Peer&, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    end.answer(0, 6);
    answered.set_value();
  });
  farcall_call* pending = submit(209);
  answered.get_future().wait();
  EXPECT_TRUE(readable(pending));
  EXPECT_EQ(finish(pending).result[0], 6);
}

TEST_F(AsyncChannelTest, ALateSignalOnlyMakesItLookOnceMore) {
  std::promise<void> signalled;
  with_channel([&](Peer&, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    ASSERT_TRUE(end.client_expects_event());
    end.answer(0, 1);
    ASSERT_TRUE(end.await_request());
    end.signal_event();  // as if it had been for the call before
    signalled.set_value();
    ASSERT_TRUE(end.client_expects_event());
    end.answer(0, 2);
  });
  EXPECT_EQ(finish(submit(209)).result[0], 1);
  farcall_call* pending = submit(209);
  signalled.get_future().wait();
  EXPECT_EQ(finish(pending).result[0], 2);
}

TEST_F(AsyncChannelTest, AnInterruptGoesOverTheStream) {
  with_channel([](Peer& peer, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    expect_interrupt(peer, end);
    EXPECT_FALSE(peer.has_input(50)) << "one interrupt is enough";
    end.answer(NB_EINTR);
  });
  farcall_call* pending = submit(209);
  farcall_interrupt(pending);
  farcall_interrupt(pending);
  EXPECT_EQ(finish(pending).error, NB_EINTR);
}

TEST_F(AsyncChannelTest, WhatHadEndedBeforeTheInterruptGivesItsResult) {
  with_channel([](Peer& peer, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    expect_interrupt(peer, end);
    end.answer(0, 3);
    ASSERT_TRUE(end.await_request());
    end.answer(0, 4);
  });
  farcall_call* pending = submit(209);
  farcall_interrupt(pending);
  EXPECT_EQ(finish(pending).result[0], 3);
  EXPECT_EQ(finish(submit(209)).result[0], 4);
}

TEST_F(AsyncChannelTest, WaitSleepsUntilItEnds) {
  with_channel([](Peer&, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    ASSERT_TRUE(end.client_sleeps());
    end.answer(0, 8);
  });
  farcall_call* pending = submit(209);
  EXPECT_GE(farcall_call_fd(pending), 0);
  Outcome outcome;
  farcall_wait(pending, &outcome.error, outcome.result);
  EXPECT_EQ(outcome.result[0], 8);
  farcall_call_free(pending);
}

TEST_F(AsyncChannelTest, OtherCallsOfTheThreadGoOnMeanwhile) {
  with_channel([](Peer& peer, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    peer.answer(peer.expect_syscall(20), 0, 20);
    ServerEnd own = accept_channel(peer, true);
    ASSERT_TRUE(own.await_request());
    own.answer(0, 21);
    end.answer(0, 22);
  });
  farcall_call* pending = submit(209);
  EXPECT_EQ(call(20).result[0], 20);
  EXPECT_EQ(call(20).result[0], 21);
  EXPECT_EQ(finish(pending).result[0], 22);
}

TEST_F(AsyncChannelTest, TheThreadsOwnChannelCarriesTheInterrupt) {
  with_channel([](Peer& peer, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    end.answer(0);
    peer.answer(peer.expect_syscall(20), 0);
    ServerEnd own = accept_channel(peer, true);
    ASSERT_TRUE(own.await_request());
    own.answer(0);
    ASSERT_TRUE(end.await_request());
    ASSERT_TRUE(own.await_request());
    EXPECT_EQ(own.request().number, channel::kInterrupt);
    EXPECT_EQ(own.request().argument[0], end.request().request);
    end.answer(NB_EINTR);
    own.answer(0);
    // Where that is not known, the stream does.
    ASSERT_TRUE(end.await_request());
    ASSERT_TRUE(own.await_request());
    own.answer(NB_ENOSYS);
    expect_interrupt(peer, end);
    end.answer(NB_EINTR);
  });
  EXPECT_EQ(finish(submit(209)).error, 0);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(call(20).error, 0);
  for (int i = 0; i < 2; ++i) {
    farcall_call* pending = submit(209);
    farcall_interrupt(pending);
    EXPECT_EQ(finish(pending).error, NB_EINTR);
  }
}

TEST_F(AsyncChannelTest, SeveralAtATimeHaveAChannelEach) {
  connect_to(
      [](Peer& peer) {
        for (int i = 0; i < 3; ++i) peer.answer(peer.expect_syscall(1), 0);
        std::vector<ServerEnd> ends;
        for (int i = 0; i < 3; ++i) {
          ends.push_back(accept_channel(peer, true));
          ASSERT_TRUE(ends.back().await_request());
        }
        for (ServerEnd& end : ends) {
          end.answer(0, static_cast<std::int64_t>(end.request().argument[0]));
        }
      },
      kOurBanner, kEvents);
  std::array<farcall_call*, 3> pending{};
  for (auto& each : pending) each = submit(1);
  for (auto& each : pending) EXPECT_EQ(finish(each).error, 0);
  for (std::size_t i = 0; i < pending.size(); ++i) pending[i] = submit(209, {i});
  for (std::size_t i = 0; i < pending.size(); ++i) {
    EXPECT_EQ(finish(pending[i]).result[0], static_cast<long>(i));
  }
}

std::atomic<int> handled{0};
void count(int) { ++handled; }

TEST_F(AsyncChannelTest, WhoPollsReadsTheStreamWhenTold) {
  struct sigaction before {};
  struct sigaction action {};
  action.sa_handler = count;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, &before);
  handled = 0;
  with_channel([](Peer& peer, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    peer.send(wire::FrameClass::request, wire::FrameType::raise, 0, NB_SIGUSR1);
    end.draw_attention();
    for (int i = 0; i < 6000 && handled == 0; ++i) peer.has_input(10);
    end.answer(0, 4);
  });
  farcall_call* pending = submit(209);
  Outcome outcome;
  while (handled == 0) {
    pollfd entry{farcall_call_fd(pending), POLLIN, 0};
    if (poll(&entry, 1, kPatienceMs) == 0) break;
    farcall_try(pending, &outcome.error, outcome.result);
  }
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(finish(pending).result[0], 4);
  sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(AsyncChannelTest, TheEndOfTheServerEndsIt) {
  for (const bool killed : {false, true}) {
    with_channel([killed](Peer& peer, ServerEnd& end) {
      ASSERT_TRUE(end.await_request());
      ASSERT_TRUE(end.client_expects_event());
      if (!killed) end.leave();
      peer.hang_up();
    });
    EXPECT_EQ(finish(submit(209)).error, kLost);
    join();
  }
}

TEST_F(AsyncChannelTest, AnAnswerBeforeTheEndCounts) {
  std::promise<void> gone;
  with_channel([&](Peer& peer, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    end.answer(0, 9);
    end.leave();
    peer.hang_up();
    gone.set_value();
  });
  farcall_call* pending = submit(209);
  gone.get_future().wait();
  EXPECT_EQ(call(20).error, kLost);
  EXPECT_EQ(finish(pending).result[0], 9);
}

TEST_F(AsyncChannelTest, TheEndOfItsThreadEndsIt) {
  std::promise<void> seen;
  connect_to(
      [&](Peer& peer) {
        peer.answer(peer.expect_syscall(1), 0);
        ServerEnd end = accept_channel(peer, true);
        EXPECT_TRUE(end.await_request());
        seen.set_value();
        expect_interrupt(peer, end);
        EXPECT_TRUE(end.is_closed());
      },
      kOurBanner, kEvents);
  std::thread([&] {
    EXPECT_EQ(finish(submit(1)).error, 0);
    submit(209);
    seen.get_future().wait();
  }).join();
}

sigjmp_buf left;
void leave(int) { siglongjmp(left, 1); }

// Its handler runs when the call is under way, and nobody knows it then.
TEST_F(AsyncChannelTest, WhatAHandlerJumpsAwayFromEndsWithItsThread) {
  if (kThreadSanitizer) GTEST_SKIP() << "ThreadSanitizer holds the handlers back";
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = leave;
  sigaction(SIGUSR1, &action, &before);
  std::promise<pthread_t> submitter;
  connect_to(
      [&](Peer& peer) {
        peer.answer(peer.expect_syscall(1), 0);
        const pthread_t target = submitter.get_future().get();
        ServerEnd end = accept_channel(peer, true, [&] { pthread_kill(target, SIGUSR1); });
        EXPECT_TRUE(end.await_request());
        EXPECT_EQ(end.request().number, 209);
        peer.answer(peer.expect_syscall(20), 0, 20);
        expect_interrupt(peer, end);
        EXPECT_TRUE(end.is_closed());
      },
      kOurBanner, kEvents);
  std::thread([&] {
    EXPECT_EQ(finish(submit(1)).error, 0);
    submitter.set_value(pthread_self());
    if (sigsetjmp(left, 1) == 0) {
      submit(209);
      ADD_FAILURE() << "nothing was signalled";
    }
    EXPECT_EQ(call(20).result[0], 20);
  }).join();
  sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(AsyncChannelTest, WhatIsFreedUnderWayEnds) {
  std::promise<void> seen;
  with_channel([&](Peer& peer, ServerEnd& end) {
    EXPECT_TRUE(end.await_request());
    seen.set_value();
    expect_interrupt(peer, end);
    EXPECT_TRUE(end.is_closed());
    ServerEnd next = accept_channel(peer, true);
    ASSERT_TRUE(next.await_request());
    next.answer(0, 2);
  });
  farcall_call* pending = submit(209);
  seen.get_future().wait();
  farcall_call_free(pending);
  EXPECT_EQ(finish(submit(209)).result[0], 2);
}

TEST_F(AsyncChannelTest, AChildOfForkHasNoPartInIt) {
  std::promise<void> forked;
  with_channel([&](Peer&, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    forked.get_future().wait();
    end.answer(0, 7);
  });
  farcall_call* pending = submit(209);
  const pid_t pid = fork();
  if (pid == 0) {
    Outcome outcome;
    const bool ended = farcall_try(pending, &outcome.error, outcome.result) == 1;
    farcall_interrupt(pending);
    farcall_call_free(pending);
    _exit(ended && outcome.error == kLost ? 0 : 1);
  }
  int status = -1;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  forked.set_value();
  EXPECT_EQ(finish(pending).result[0], 7);
}

TEST_F(AsyncChannelTest, ItsMemoryGoesThroughTheChannel) {
  const char text[] = "some text";
  char target[8] = "";
  const auto from = reinterpret_cast<std::uint64_t>(text);
  const auto to = reinterpret_cast<std::uint64_t>(target);
  with_channel([&](Peer&, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    EXPECT_EQ(end.area(0, 9), "some text");
    end.answer(0, 9);
    ASSERT_TRUE(end.await_request());
    end.put(0, {{to, 3, 0}}, "abc");
    end.answer(0, 3);
  });
  EXPECT_EQ(finish(submit(NB_SYS_write, {1, from, 9})).result[0], 9);
  EXPECT_EQ(finish(submit(NB_SYS_read, {1, to, 3})).result[0], 3);
  EXPECT_STREQ(target, "abc");
}

TEST_F(AsyncChannelTest, OutputThatTheAreaCannotHaveIsAFault) {
  char good[8] = "";
  const auto at = reinterpret_cast<std::uint64_t>(good);
  with_channel([at](Peer&, ServerEnd& end) {
    ASSERT_TRUE(end.await_request());
    end.claim_output(UINT32_MAX);
    end.answer(0);
    ASSERT_TRUE(end.await_request());
    end.put(0, {{at, channel::kAreaSize, 0}, {at, 1, 0}}, "");
    end.answer(0);
  });
  EXPECT_EQ(finish(submit(NB_SYS_read, {1, at, 2})).error, NB_EFAULT);
  EXPECT_EQ(finish(submit(NB_SYS_read, {1, at, 2})).error, NB_EFAULT);
  EXPECT_STREQ(good, "");
}

TEST_F(AsyncChannelTest, WhereItIsRefusedTheyGoOverTheStream) {
  connect_to(
      [](Peer& peer) {
        peer.answer(peer.expect_syscall(1), 0);
        const Frame open = peer.read();
        peer.send(wire::FrameClass::error, wire::FrameType::channel_open, open.header.request,
                  static_cast<std::uint32_t>(wire::WireError::try_again));
        for (int i = 0; i < 3; ++i) peer.answer(peer.expect_syscall(1), 0, i);
      },
      kOurBanner, kEvents);
  EXPECT_EQ(finish(submit(1)).error, 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(finish(submit(1)).result[0], i);
}

TEST_F(AsyncChannelTest, NoneWithoutTheServersConsent) {
  connect_to(
      [](Peer& peer) {
        for (int i = 0; i < 3; ++i) peer.answer(peer.expect_syscall(1), 0, i);
      },
      kOurBanner, kAllFeatures);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(finish(submit(1)).result[0], i);
}

}  // namespace
}  // namespace farcall::client_test
