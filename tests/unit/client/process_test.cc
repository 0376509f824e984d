// fork, spawn and exec.
#include <farcall/client.h>
#include <fcntl.h>
#include <rump/rumpclient.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <future>
#include <semaphore>
#include <thread>
#include <utility>

#include "fake_server.h"
#include "netbsd/constants.h"

namespace farcall::client_test {
namespace {

using ProcessTest = ClientTest;

constexpr wire::ForkCookie kCookie{{0x01234567, 0x89abcdef, 0xdeadbeef, 42}};

int exit_status(pid_t pid) {
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/// The server's part of a fork: the cookie to the parent.
void give_cookie(Peer& peer) {
  const Frame prefork = peer.read();
  EXPECT_EQ(prefork.header.type, wire::FrameType::prefork);
  peer.send(wire::FrameClass::response, wire::FrameType::prefork, prefork.header.request, 0,
            {reinterpret_cast<const char*>(&kCookie), sizeof kCookie});
}

void expect_cookie(const Frame& handshake, bool cancel) {
  EXPECT_EQ(handshake.header.detail, static_cast<std::uint32_t>(wire::HandshakeKind::fork));
  wire::ForkHandshake fork{};
  ASSERT_EQ(handshake.body.size(), sizeof fork);
  std::memcpy(&fork, handshake.body.data(), sizeof fork);
  EXPECT_EQ(std::memcmp(&fork.cookie, &kCookie, sizeof kCookie), 0);
  EXPECT_EQ(fork.cancel != 0, cancel);
}

TEST_F(ProcessTest, TheChildBringsTheCookieOnAConnectionOfItsOwn) {
  connect_to([this](Peer& parent) {
    give_cookie(parent);
    Peer child = listener_.accept();
    expect_cookie(child.welcome(), false);
    child.answer(child.expect_syscall(20), 0, 55);
    EXPECT_TRUE(child.at_end());
    parent.answer(parent.expect_syscall(20), 0, 44);
  });
  const pid_t pid = rumpclient_fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) _exit(static_cast<int>(call(20).result[0]));
  EXPECT_EQ(exit_status(pid), 55);
  EXPECT_EQ(call(20).result[0], 44);
}

TEST_F(ProcessTest, AChildWhileOtherThreadsAndPollersWait) {
  std::promise<void> reader_waits;
  connect_to([&](Peer& parent) {
    const Frame reading = parent.expect_syscall(3);
    reader_waits.set_value();
    const Frame polling = parent.expect_syscall(209);
    give_cookie(parent);
    Peer child = listener_.accept();
    child.welcome();
    child.answer(child.expect_syscall(209), 0, 1);
    child.answer(child.expect_syscall(20), 0, 2);
    parent.answer(polling, 0, 3);
    parent.answer(reading, 0, 4);
  });
  std::thread reader([] { EXPECT_EQ(call(3).result[0], 4); });
  reader_waits.get_future().wait();
  farcall_call* pending = farcall_submit(209, nullptr, 0);
  farcall_call_fd(pending);
  const pid_t pid = rumpclient_fork();
  ASSERT_GE(pid, 0);
  int error = 0;
  long result[2];
  if (pid == 0) {
    farcall_call* own = farcall_submit(209, nullptr, 0);
    if (own == nullptr || farcall_call_fd(own) < 0) _exit(90);
    farcall_wait(own, &error, result);
    farcall_call_free(own);
    _exit(static_cast<int>(10 * result[0] + call(20).result[0]));
  }
  EXPECT_EQ(exit_status(pid), 12);
  farcall_wait(pending, &error, result);
  EXPECT_EQ(result[0], 3);
  farcall_call_free(pending);
  reader.join();
}

TEST_F(ProcessTest, ARefusedFork) {
  connect_to([](Peer& peer) {
    const Frame prefork = peer.read();
    peer.send(wire::FrameClass::error, wire::FrameType::prefork, prefork.header.request,
              static_cast<std::uint32_t>(wire::WireError::rfork_failed));
  });
  errno = 0;
  EXPECT_EQ(rumpclient_fork(), -1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST_F(ProcessTest, CancelledFork) {
  connect_to([this](Peer& parent) {
    give_cookie(parent);
    Peer canceller = listener_.accept();
    canceller.say(kOurBanner);
    expect_cookie(canceller.read(), true);
  });
  struct rumpclient_fork* prepared = rumpclient_prefork();
  ASSERT_NE(prepared, nullptr);
  rumpclient_fork_cancel(prepared);
}

TEST_F(ProcessTest, AChildThatWasNotAnnouncedHasNoConnectionUntilItBegins) {
  connect_to([this](Peer& parent) {
    Peer child = listener_.accept();
    const Frame handshake = child.welcome();
    EXPECT_EQ(handshake.header.detail, static_cast<std::uint32_t>(wire::HandshakeKind::guest));
    child.answer(child.expect_syscall(20), 0, 66);
    EXPECT_FALSE(parent.has_input(0));
  });
  const pid_t pid = fork();
  if (pid == 0) {
    if (call(20).error != -1) _exit(91);
    if (farcall_connect(listener_.url().c_str(), nullptr, 0) != 0) _exit(92);
    _exit(static_cast<int>(call(20).result[0]));
  }
  EXPECT_EQ(exit_status(pid), 66);
}

TEST_F(ProcessTest, ExecContinuesOnTheSameConnection) {
  if (kThreadSanitizer) GTEST_SKIP() << "a thread in a child";
  connect_to([this](Peer& parent) {
    give_cookie(parent);
    Peer child = listener_.accept();
    child.welcome();
    Frame old = child.read();  // of a thread that the exec ends
    Frame last = child.read();
    if (old.header.detail == 21) std::swap(old, last);
    child.answer(last, 0);
    const Frame handshake = child.read();
    EXPECT_EQ(handshake.header.detail, static_cast<std::uint32_t>(wire::HandshakeKind::exec));
    EXPECT_STREQ(handshake.body.c_str(), "client_exec_hel");
    // Leftovers of the old program must not reach the new one's memory.
    EXPECT_EQ(child.copyin(old, "x", 1).header.frame_class, wire::FrameClass::error);
    child.copyout(old, nullptr, std::string(100000, 'x'));
    child.answer(old, NB_EINTR);
    child.answer_handshake(handshake);
    child.answer_hello(child.read());
    child.answer(child.expect_syscall(20), 0, 77);
  });
  const pid_t pid = rumpclient_fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    std::thread([] { call(3); }).detach();
    call(21);  // is answered when the thread's call has gone out
    char name[] = FARCALL_EXEC_HELPER;
    char* arguments[] = {name, nullptr};
    rumpclient_exec(name, arguments, environ);
    _exit(93);
  }
  EXPECT_EQ(exit_status(pid), 77);
}

TEST_F(ProcessTest, AFailedExecChangesNothing) {
  std::promise<void> waiting;
  std::promise<void> failed;
  connect_to([&](Peer& peer) {
    const Frame reading = peer.expect_syscall(3);
    waiting.set_value();
    failed.get_future().wait();
    peer.answer(peer.expect_syscall(20), 0, 6);
    peer.answer(reading, 0, 5);
  });
  std::thread reader([] { EXPECT_EQ(call(3).result[0], 5); });
  waiting.get_future().wait();
  char* arguments[] = {nullptr};
  errno = 0;
  EXPECT_EQ(rumpclient_exec("/nonexistent", arguments, environ), -1);
  EXPECT_EQ(errno, ENOENT);
  char entry[512];
  ASSERT_EQ(farcall_exec_prepare(entry, sizeof entry), 0);
  int pid = 0;
  int fd = -1;
  ASSERT_EQ(sscanf(entry, "FARCALL_EXEC=%d:%d:", &pid, &fd), 2);
  EXPECT_EQ(pid, getpid());
  EXPECT_EQ(fcntl(fd, F_GETFD), 0);
  farcall_exec_failed();
  EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(farcall_exec_prepare(entry, 20), -1);
  EXPECT_EQ(errno, ERANGE);
  failed.set_value();
  EXPECT_EQ(call(20).result[0], 6);
  reader.join();
}

TEST_F(ProcessTest, CallsBetweenAnExecsBeginAndItsFailure) {
  constexpr int kRounds = 50;
  std::counting_semaphore<> reader_waits(0);
  connect_to([&](Peer& peer) {
    Frame reading;
    for (int rounds = 0; rounds < kRounds;) {
      Frame frame = peer.read();
      if (frame.header.detail == 3) {
        reading = frame;
        reader_waits.release();
      } else if (frame.header.detail == 21) {
        peer.answer(reading, 0, 3);
        peer.answer(frame, 0, 21);
        ++rounds;
      } else {
        peer.answer(frame, 0);  // a nudge
      }
    }
    for (Frame frame; frame.header.detail != 22;) {
      frame = peer.read();
      peer.answer(frame, 0);
    }
  });
  for (int round = 0; round < kRounds; ++round) {
    std::thread reader([] { EXPECT_EQ(call(3).result[0], 3); });
    reader_waits.acquire();
    char entry[512];
    ASSERT_EQ(farcall_exec_prepare(entry, sizeof entry), 0);
    EXPECT_EQ(call(21).result[0], 21);
    farcall_exec_failed();
    reader.join();
  }
  EXPECT_EQ(call(22).error, 0);
}

TEST_F(ProcessTest, NoExecOverALostConnection) {
  connect_to([](Peer&) {});
  join();
  char entry[512];
  EXPECT_EQ(farcall_exec_prepare(entry, sizeof entry), -1);
  EXPECT_EQ(errno, ENOTCONN);
  serve([](Peer& peer) {
    peer.welcome();
    peer.answer(peer.expect_syscall(20), 0, 1);
  });
  ASSERT_EQ(farcall_connect(listener_.url().c_str(), nullptr, 0), 0);
  std::thread other([] { EXPECT_EQ(call(20).result[0], 1); });
  other.join();
}

TEST_F(ProcessTest, SpawnedProgramsBringTheCookieThemselves) {
  connect_to([this](Peer& parent) {
    give_cookie(parent);
    Peer child = listener_.accept();
    expect_cookie(child.welcome(), false);
    child.answer(child.expect_syscall(20), 0, 88);
  });
  struct rumpclient_fork* prepared = nullptr;
  char entry[512];
  ASSERT_EQ(farcall_prespawn(&prepared, entry, sizeof entry), 0);
  char name[] = FARCALL_EXEC_HELPER;
  char* arguments[] = {name, nullptr};
  char* environment[] = {entry, nullptr};
  pid_t pid = 0;
  ASSERT_EQ(posix_spawn(&pid, name, nullptr, nullptr, arguments, environment), 0);
  rumpclient_fork_vparent(prepared);
  EXPECT_EQ(exit_status(pid), 88);
}

TEST_F(ProcessTest, AStaleVariableIsIgnored) {
  serve([](Peer& peer) {
    const Frame handshake = peer.welcome();
    EXPECT_EQ(handshake.header.detail, static_cast<std::uint32_t>(wire::HandshakeKind::guest));
  });
  const std::string stale = std::to_string(getpid()) + ":0:1:1@" + listener_.url();
  setenv("FARCALL_EXEC", stale.c_str(), 1);
  setenv("FARCALL_SPAWN", "garbage", 1);
  EXPECT_EQ(farcall_connect(listener_.url().c_str(), nullptr, 0), 0);
  EXPECT_EQ(getenv("FARCALL_EXEC"), nullptr);
  EXPECT_EQ(getenv("FARCALL_SPAWN"), nullptr);
}

}  // namespace
}  // namespace farcall::client_test
