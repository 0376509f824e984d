// Several threads of one program, each with calls of its own under way.
#include <poll.h>

#include <atomic>
#include <thread>
#include <vector>

#include "support.h"

namespace farcall::conformance {
namespace {

TEST(Threads, OneReadsWhileAnotherWrites) {
  const Pair pair = connected(AF_INET);
  std::string got;
  std::thread reader([&] { got = read_to_end(pair.client.get()); });
  std::string sent;
  for (int i = 0; i < 200; ++i) {
    const std::string piece = "piece " + std::to_string(i) + "\n";
    send_all(pair.server.get(), piece);
    sent += piece;
    send_all(pair.client.get(), "the other way");
  }
  shutdown(pair.server.get(), SHUT_WR);
  reader.join();
  EXPECT_EQ(got, sent);
}

TEST(Threads, WaitingOnesDoNotHoldUpOthers) {
  constexpr int kWaiting = 40;
  std::vector<Pair> pairs;
  std::vector<std::thread> threads;
  std::atomic<int> ended = 0;
  pairs.reserve(kWaiting);
  for (int i = 0; i < kWaiting; ++i) {
    pairs.push_back(connected(AF_INET));
    threads.emplace_back([&, fd = pairs.back().client.get()] {
      char byte = 0;
      EXPECT_EQ(recv(fd, &byte, 1, 0), 1);
      ++ended;
    });
  }
  const Pair busy = connected(AF_INET);
  for (int i = 0; i < 100; ++i) {
    send_all(busy.client.get(), "x");
    char byte = 0;
    EXPECT_EQ(recv(busy.server.get(), &byte, 1, 0), 1);
  }
  EXPECT_EQ(ended, 0);
  for (const Pair& pair : pairs) send_all(pair.server.get(), "x");
  for (std::thread& thread : threads) thread.join();
}

TEST(Threads, ShutdownWakesAReader) {
  const Pair pair = connected(AF_INET);
  std::thread reader([&] {
    char byte = 0;
    EXPECT_EQ(recv(pair.client.get(), &byte, 1, 0), 0);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_THAT(shutdown(pair.client.get(), SHUT_RDWR), Succeeds());
  reader.join();
}

TEST(Threads, ManyAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([i] {
      for (int turn = 0; turn < 10; ++turn) {
        const Pair pair = connected(i % 2 == 0 ? AF_INET : AF_INET6);
        const std::string data(1000, static_cast<char>('a' + i));
        send_all(pair.client.get(), data);
        shutdown(pair.client.get(), SHUT_WR);
        EXPECT_EQ(read_to_end(pair.server.get()), data);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Threads, ComeAndGo) {
  const Pair pair = connected(AF_INET);
  for (int turn = 0; turn < 300; ++turn) {
    std::thread([&] { send_all(pair.client.get(), "x"); }).join();
    char byte = 0;
    ASSERT_EQ(recv(pair.server.get(), &byte, 1, 0), 1);
  }
}

}  // namespace
}  // namespace farcall::conformance
