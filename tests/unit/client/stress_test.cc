// Many threads, calls of both kinds, signals and a server that answers out of order: nobody may get
// another's answer, and nobody may be left asleep.
#include <farcall/client.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <deque>
#include <random>
#include <thread>
#include <vector>

#include "fake_server.h"

namespace farcall::client_test {
namespace {

using StressTest = ClientTest;

constexpr std::uint32_t kEcho = 100;
constexpr std::uint32_t kStop = 101;
constexpr int kThreads = 6;
constexpr int kCallsPerThread = 400;

/// Answers each echo with its argument, after a copyin and a copyout now and then, in a mixed
/// order.
void echo_server(Peer& peer) {
  std::deque<Frame> held;
  std::mt19937 random(1);
  for (;;) {
    while (!held.empty() && (held.size() > 3 || !peer.has_input(1) || random() % 2 == 0)) {
      const std::size_t chosen = random() % held.size();
      const std::uint64_t value = argument(held[chosen], 0);
      auto* memory = reinterpret_cast<std::uint64_t*>(argument(held[chosen], 1));
      peer.copyout(held[chosen], memory, {reinterpret_cast<const char*>(&value), sizeof value});
      peer.answer(held[chosen], 0, static_cast<std::int64_t>(value));
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(chosen));
    }
    Frame frame = peer.read();
    if (frame.header.detail == kStop) {
      peer.answer(frame, 0);
      return;
    }
    if (frame.header.detail == kEcho)
      held.push_back(std::move(frame));
    else
      peer.answer(frame, 0);  // a nudge
  }
}

bool echo(std::uint64_t value) {
  std::uint64_t copied = 0;
  const Outcome outcome = call(kEcho, {value, reinterpret_cast<std::uint64_t>(&copied)});
  return outcome.error == 0 && outcome.result[0] == static_cast<long>(value) && copied == value;
}

bool echo_polled(std::uint64_t value) {
  std::uint64_t copied = 0;
  const std::uint64_t arguments[] = {value, reinterpret_cast<std::uint64_t>(&copied)};
  farcall_call* pending = farcall_submit(kEcho, arguments, 2);
  int error = 0;
  long result[2] = {};
  while (farcall_try(pending, &error, result) == 0) {
    pollfd entry{farcall_call_fd(pending), POLLIN, 0};
    if (poll(&entry, 1, 10000) == 0) return false;
  }
  farcall_call_free(pending);
  return error == 0 && result[0] == static_cast<long>(value) && copied == value;
}

std::atomic<int> wrong{0};

void call_from_handler(int) {
  const int before = errno;
  if (!echo(std::uint64_t{1} << 40)) ++wrong;
  errno = before;
}

TEST_F(StressTest, EveryAnswerReachesItsCall) {
  wrong = 0;
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = call_from_handler;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR2, &action, &before);
  connect_to(echo_server);
  std::atomic<int> running{kThreads};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([t, &running] {
      for (int i = 0; i < kCallsPerThread; ++i) {
        const auto value =
            static_cast<std::uint64_t>(t) * kCallsPerThread + static_cast<std::uint64_t>(i);
        const bool right = (t + i) % 3 == 0 ? echo_polled(value) : echo(value);
        if (!right) ++wrong;
      }
      --running;
    });
  }
  for (unsigned i = 0; running != 0; ++i) {
    pthread_kill(threads[i % threads.size()].native_handle(), SIGUSR2);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(call(kStop).error, 0);
  EXPECT_EQ(wrong, 0);
  sigaction(SIGUSR2, &before, nullptr);
}

}  // namespace
}  // namespace farcall::client_test
