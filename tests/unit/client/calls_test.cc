// System calls, and the memory that the server asks for meanwhile.
#include <farcall/client.h>
#include <rump/rumpclient.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <future>
#include <thread>

#include "fake_server.h"
#include "netbsd/constants.h"

namespace farcall::client_test {
namespace {

using CallsTest = ClientTest;
using CopiesTest = ClientTest;

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + i / 4096);
  return text;
}

/// Two pages, of which only the first is there.
class HalfMapped {
 public:
  HalfMapped()
      : base_(static_cast<char*>(
            mmap(nullptr, kSize * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    mprotect(base_ + kSize, kSize, PROT_NONE);
  }
  ~HalfMapped() { munmap(base_, kSize * 2); }
  char* end() { return base_ + kSize; }
  char* base() { return base_; }
  static constexpr std::size_t kSize = std::size_t{1} << 20;

 private:
  char* base_;
};

TEST_F(CallsTest, CarriesArgumentsAndResults) {
  connect_to([](Peer& peer) {
    const Frame syscall = peer.expect_syscall(42);
    EXPECT_EQ(syscall.body.size(), 24U);
    EXPECT_EQ(argument(syscall, 0), 7U);
    EXPECT_EQ(argument(syscall, 2), ~std::uint64_t{0});
    peer.answer(syscall, 0, 123456789012, -5);
  });
  const Outcome outcome = call(42, {7, 8, ~std::uint64_t{0}});
  EXPECT_EQ(outcome.error, 0);
  EXPECT_EQ(outcome.result[0], 123456789012);
  EXPECT_EQ(outcome.result[1], -5);
}

TEST_F(CallsTest, ReportsTheKernelsErrno) {
  connect_to([](Peer& peer) { peer.answer(peer.expect_syscall(5), NB_EADDRINUSE); });
  const std::uint64_t arguments[1] = {1};
  long result[2];
  EXPECT_EQ(rumpclient_syscall(5, arguments, sizeof arguments, result), NB_EADDRINUSE);
}

TEST_F(CallsTest, ReportsALimitOfTheServer) {
  connect_to([](Peer& peer) {
    const Frame syscall = peer.expect_syscall(5);
    peer.send(wire::FrameClass::error, wire::FrameType::syscall, syscall.header.request,
              static_cast<std::uint32_t>(wire::WireError::try_again));
  });
  EXPECT_EQ(call(5).error, NB_EAGAIN);
}

TEST_F(CallsTest, FailsWhenTheServerGoesAway) {
  connect_to([](Peer& peer) { peer.expect_syscall(5); });
  errno = 0;
  EXPECT_EQ(call(5).error, -1);
  EXPECT_EQ(errno, ENOTCONN);
}

TEST_F(CallsTest, AnswersReachTheirThreadsInAnyOrder) {
  connect_to([](Peer& peer) {
    const Frame first = peer.read();
    const Frame second = peer.read();
    peer.answer(second, 0, second.header.detail);
    peer.answer(first, 0, first.header.detail);
  });
  auto other = std::async(std::launch::async, [] { return call(11).result[0]; });
  EXPECT_EQ(call(12).result[0], 12);
  EXPECT_EQ(other.get(), 11);
}

TEST_F(CallsTest, WhoLeavesHandsTheReadingOver) {
  std::promise<void> first_is_back;
  connect_to([&](Peer& peer) {
    const Frame first = peer.read();
    const Frame second = peer.read();
    // Whoever reads now gets its answer first; the other has to take over.
    peer.answer(first, 0, 1);
    first_is_back.get_future().wait();
    peer.answer(second, 0, 2);
  });
  std::atomic<int> back{0};
  auto one = [&] {
    const Outcome outcome = call(20);
    if (outcome.result[0] == 1) first_is_back.set_value();
    ++back;
  };
  std::thread other(one);
  one();
  other.join();
  EXPECT_EQ(back, 2);
}

void* volatile raised_on = nullptr;

TEST_F(CallsTest, ASignalOfTheKernelReachesTheCallingThread) {
  connect_to([](Peer& peer) {
    const Frame syscall = peer.expect_syscall(4);
    peer.send(wire::FrameClass::request, wire::FrameType::raise, syscall.header.request,
              NB_SIGPIPE);
    peer.answer(syscall, NB_EPIPE);
  });
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) { raised_on = __builtin_frame_address(0); };
  sigaction(SIGPIPE, &action, &before);
  EXPECT_EQ(call(4).error, NB_EPIPE);
  EXPECT_NE(raised_on, nullptr) << "the signal has to come before the call returns";
  sigaction(SIGPIPE, &before, nullptr);
}

TEST_F(CopiesTest, InAndOut) {
  const std::string source = "what the kernel reads";
  char target[32] = "";
  connect_to([&](Peer& peer) {
    const Frame syscall = peer.expect_syscall(4);
    EXPECT_EQ(peer.copyin(syscall, source.data(), source.size()).body, source);
    EXPECT_EQ(peer.copyin(syscall, source.data(), 0).body, "");
    EXPECT_EQ(peer.copyin(syscall, source.c_str(), 1024, wire::FrameType::copyinstr).body.size(),
              source.size() + 1);
    EXPECT_EQ(peer.copyin(syscall, source.c_str(), 4, wire::FrameType::copyinstr).body, "what");
    peer.copyout(syscall, target, "hello");
    peer.answer(syscall, 0, 5);
  });
  EXPECT_EQ(call(4).error, 0);
  join();
  EXPECT_STREQ(target, "hello");
}

TEST_F(CopiesTest, LongOnes) {
  const std::string source = pattern(3000001);
  std::string target(source.size(), '\0');
  connect_to([&](Peer& peer) {
    const Frame syscall = peer.expect_syscall(4);
    const std::string copied = peer.copyin(syscall, source.data(), source.size()).body;
    EXPECT_TRUE(copied == source);
    peer.copyout(syscall, target.data(), copied);
    peer.answer(syscall, 0, 7);
  });
  EXPECT_EQ(call(4).result[0], 7);
  join();
  EXPECT_TRUE(target == source);
}

TEST_F(CopiesTest, AStringThatEndsAtTheEndOfMemory) {
  HalfMapped memory;
  std::strcpy(memory.end() - 6, "brink");
  connect_to([&](Peer& peer) {
    const Frame syscall = peer.expect_syscall(5);
    const Frame answer = peer.copyin(syscall, memory.end() - 6, 1024, wire::FrameType::copyinstr);
    EXPECT_STREQ(answer.body.c_str(), "brink");
    EXPECT_EQ(answer.body.size(), 6U);
    peer.answer(syscall, 0);
  });
  EXPECT_EQ(call(5).error, 0);
}

TEST_F(CopiesTest, ABadAddressIsReportedToOurServer) {
  HalfMapped memory;
  connect_to([&](Peer& peer) {
    const Frame syscall = peer.expect_syscall(4);
    for (const auto type : {wire::FrameType::copyin, wire::FrameType::copyinstr}) {
      const Frame answer = peer.copyin(syscall, memory.end(), 100, type);
      EXPECT_EQ(answer.header.frame_class, wire::FrameClass::error);
      EXPECT_EQ(answer.header.detail, static_cast<std::uint32_t>(wire::WireError::malformed));
    }
    const Frame too_long = peer.copyin(syscall, memory.base(), std::uint64_t{1} << 40);
    EXPECT_EQ(too_long.header.frame_class, wire::FrameClass::error);
    peer.answer(syscall, NB_EFAULT);
  });
  EXPECT_EQ(call(4).error, NB_EFAULT);
}

TEST_F(CopiesTest, ABadAddressGivesAStockServerZerosAndTheProgramEfault) {
  HalfMapped memory;
  connect_to(
      [&](Peer& peer) {
        const Frame syscall = peer.expect_syscall(4);
        EXPECT_EQ(peer.copyin(syscall, memory.end(), 10000).body, std::string(10000, '\0'));
        peer.answer(syscall, 0, 10000);
      },
      kStockBanner);
  EXPECT_EQ(call(4).error, NB_EFAULT);
}

TEST_F(CopiesTest, MemoryThatEndsMidwayIsFilledUpForAStockServerAndReported) {
  HalfMapped memory;
  std::memset(memory.base(), 'x', HalfMapped::kSize);
  connect_to(
      [&](Peer& peer) {
        const Frame syscall = peer.expect_syscall(4);
        const Frame answer = peer.copyin(syscall, memory.base(), HalfMapped::kSize + 100);
        EXPECT_EQ(answer.body.size(), HalfMapped::kSize + 100);
        EXPECT_EQ(answer.body[0], 'x');
        EXPECT_EQ(answer.body.back(), '\0');
        peer.answer(syscall, 0, 1);
      },
      kStockBanner);
  EXPECT_EQ(call(4).error, NB_EFAULT);
}

// It asks for more than its kernel wants, and must not make that the call's failure.
TEST_F(CopiesTest, MemoryThatEndsMidwayIsAnErrorForOurServerWhichAsksForLess) {
  HalfMapped memory;
  std::memset(memory.base(), 'x', HalfMapped::kSize);
  connect_to([&](Peer& peer) {
    const Frame syscall = peer.expect_syscall(4);
    for (const std::size_t beyond : {1, 100, 100'000}) {
      char* const address = memory.end() - 50'000;
      const Frame ahead = peer.copyin(syscall, address, 50'000 + beyond);
      EXPECT_EQ(ahead.header.frame_class, wire::FrameClass::error);
      EXPECT_EQ(peer.copyin(syscall, address, 50'000).body, std::string(50'000, 'x'));
    }
    peer.answer(syscall, 0, 50'000);
  });
  const Outcome outcome = call(4);
  EXPECT_EQ(outcome.error, 0);
  EXPECT_EQ(outcome.result[0], 50'000);
}

TEST_F(CopiesTest, CopyoutToABadAddressIsEfault) {
  HalfMapped memory;
  for (const std::size_t size : {std::size_t{10}, std::size_t{500000}}) {
    SCOPED_TRACE(size);
    connect_to([&](Peer& peer) {
      const Frame syscall = peer.expect_syscall(3);
      peer.copyout(syscall, memory.end(), std::string(size, 'y'));
      peer.answer(syscall, 0, 10);
      const Frame next = peer.expect_syscall(3);
      peer.copyout(next, memory.end() - size, std::string(size + 20000, 'z'));
      peer.answer(next, 0, 10);
      peer.answer(peer.expect_syscall(20), 0, 99);
    });
    EXPECT_EQ(call(3).error, NB_EFAULT);
    EXPECT_EQ(call(3).error, NB_EFAULT);
    EXPECT_EQ(call(20).result[0], 99) << "the stream has to be in step afterwards";
    join();
    EXPECT_EQ(call(20).error, -1);
  }
}

TEST_F(CopiesTest, AnonymousMemory) {
  connect_to([](Peer& peer) {
    const Frame syscall = peer.expect_syscall(197);
    const std::uint64_t size = 65536;
    peer.send(wire::FrameClass::request, wire::FrameType::anonmmap, syscall.header.request, 0,
              {reinterpret_cast<const char*>(&size), sizeof size});
    const Frame answer = peer.read();
    std::uint64_t address = 0;
    ASSERT_EQ(answer.body.size(), sizeof address);
    std::memcpy(&address, answer.body.data(), sizeof address);
    peer.answer(syscall, 0, static_cast<std::int64_t>(address));
  });
  const Outcome outcome = call(197);
  ASSERT_GT(outcome.result[0], 0);
  std::memset(reinterpret_cast<void*>(outcome.result[0]), 1, 65536);
  munmap(reinterpret_cast<void*>(outcome.result[0]), 65536);
}

}  // namespace
}  // namespace farcall::client_test
