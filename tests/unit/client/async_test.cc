// Calls that are awaited in poll(2), alone and beside threads that wait in a call.
#include <farcall/client.h>
#include <poll.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <thread>

#include "fake_server.h"
#include "netbsd/constants.h"

namespace farcall::client_test {
namespace {

using AsyncTest = ClientTest;

constexpr int kPatienceMs = 10000;

bool readable(farcall_call* pending, int milliseconds) {
  pollfd entry{farcall_call_fd(pending), POLLIN, 0};
  return poll(&entry, 1, milliseconds) == 1;
}

/// Awaits and frees a call as a program with a poll loop does; returns its first result, or minus
/// its error.
long finish(farcall_call* pending) {
  int error = 0;
  long result[2] = {0, 0};
  while (farcall_try(pending, &error, result) == 0) {
    if (!readable(pending, kPatienceMs)) {
      ADD_FAILURE() << "nothing woke the poller";
      return -1000;
    }
  }
  farcall_call_free(pending);
  return error == 0 ? result[0] : -error;
}

TEST_F(AsyncTest, PollTellsWhenItEnds) {
  std::promise<void> go;
  connect_to([&](Peer& peer) {
    const Frame syscall = peer.expect_syscall(209);
    EXPECT_EQ(argument(syscall, 1), 2U);
    go.get_future().wait();
    peer.answer(syscall, 0, 3);
  });
  const std::uint64_t arguments[] = {1, 2};
  farcall_call* pending = farcall_submit(209, arguments, 2);
  EXPECT_FALSE(readable(pending, 50));
  int error = 0;
  long result[2];
  EXPECT_EQ(farcall_try(pending, &error, result), 0);
  go.set_value();
  EXPECT_TRUE(readable(pending, kPatienceMs));
  EXPECT_EQ(farcall_try(pending, &error, result), 1);
  EXPECT_EQ(error, 0);
  EXPECT_EQ(result[0], 3);
  farcall_call_free(pending);
}

TEST_F(AsyncTest, ManyOneAfterTheOtherUseTheSameDescriptors) {
  connect_to([](Peer& peer) {
    for (int i = 0; i < 100; ++i) peer.answer(peer.expect_syscall(209), 0, i);
  });
  int descriptor = -1;
  for (int i = 0; i < 100; ++i) {
    farcall_call* pending = farcall_submit(209, nullptr, 0);
    if (i == 0) descriptor = farcall_call_fd(pending);
    EXPECT_EQ(farcall_call_fd(pending), descriptor);
    EXPECT_EQ(finish(pending), i);
  }
}

TEST_F(AsyncTest, InterruptAndWait) {
  connect_to([](Peer& peer) {
    const Frame syscall = peer.expect_syscall(209);
    const Frame interrupt = peer.read();
    EXPECT_EQ(interrupt.header.type, wire::FrameType::interrupt);
    EXPECT_EQ(interrupt.header.request, syscall.header.request);
    peer.answer(syscall, NB_EINTR);
  });
  farcall_call* pending = farcall_submit(209, nullptr, 0);
  farcall_interrupt(pending);
  farcall_interrupt(pending);
  int error = 0;
  long result[2];
  farcall_wait(pending, &error, result);
  EXPECT_EQ(error, NB_EINTR);
  farcall_call_free(pending);
}

TEST_F(AsyncTest, AReaderWakesThePoller) {
  std::promise<void> reader_waits;
  std::promise<void> poller_is_done;
  connect_to([&](Peer& peer) {
    const Frame reading = peer.expect_syscall(30);
    reader_waits.set_value();
    const Frame polling = peer.expect_syscall(209);
    peer.answer(polling, 0, 2);
    poller_is_done.get_future().wait();
    peer.answer(reading, 0, 1);
  });
  std::thread reader([] { EXPECT_EQ(call(30).result[0], 1); });
  reader_waits.get_future().wait();
  EXPECT_EQ(finish(farcall_submit(209, nullptr, 0)), 2);
  poller_is_done.set_value();
  reader.join();
}

TEST_F(AsyncTest, WhenTheReaderLeavesThePollerReads) {
  std::promise<void> reader_waits;
  std::promise<void> reader_is_done;
  connect_to([&](Peer& peer) {
    const Frame reading = peer.expect_syscall(30);
    reader_waits.set_value();
    const Frame polling = peer.expect_syscall(209);
    peer.answer(reading, 0, 1);
    reader_is_done.get_future().wait();
    peer.answer(polling, 0, 2);
  });
  std::thread reader([&] {
    EXPECT_EQ(call(30).result[0], 1);
    reader_is_done.set_value();
  });
  reader_waits.get_future().wait();
  EXPECT_EQ(finish(farcall_submit(209, nullptr, 0)), 2);
  reader.join();
}

TEST_F(AsyncTest, AReaderThatComesLaterTakesOver) {
  connect_to([&](Peer& peer) {
    const Frame polling = peer.expect_syscall(209);
    const Frame first = peer.expect_syscall(30);
    peer.answer(first, 0, 1);
    const Frame second = peer.expect_syscall(31);
    peer.answer(polling, 0, 2);
    peer.answer(second, 0, 3);
  });
  farcall_call* pending = farcall_submit(209, nullptr, 0);
  EXPECT_FALSE(readable(pending, 0));
  std::thread reader([] {
    EXPECT_EQ(call(30).result[0], 1);
    EXPECT_EQ(call(31).result[0], 3);
  });
  EXPECT_EQ(finish(pending), 2);
  reader.join();
}

TEST_F(AsyncTest, TheMemoryOfAPendingCallIsServed) {
  char target[8] = "";
  connect_to([&](Peer& peer) {
    const Frame syscall = peer.expect_syscall(209);
    EXPECT_EQ(peer.copyin(syscall, "pollfds", 7).body, "pollfds");
    peer.copyout(syscall, target, "ready");
    peer.answer(syscall, 0, 1);
  });
  EXPECT_EQ(finish(farcall_submit(209, nullptr, 0)), 1);
  join();
  EXPECT_STREQ(target, "ready");
}

TEST_F(AsyncTest, ALostConnectionEndsIt) {
  connect_to([](Peer& peer) { peer.expect_syscall(209); });
  EXPECT_EQ(finish(farcall_submit(209, nullptr, 0)), 1);
  EXPECT_EQ(farcall_submit(209, nullptr, 0), nullptr);
  EXPECT_EQ(errno, ENOTCONN);
}

}  // namespace
}  // namespace farcall::client_test
