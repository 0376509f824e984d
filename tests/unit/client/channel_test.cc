// Calls through channels, against a server that is made of a script.
#include <farcall/client.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <future>

#include "fake_server.h"
#include "farcall/channel.h"
#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "netbsd/syscalls.h"

namespace farcall::client_test {
namespace {

constexpr std::chrono::seconds kPatience{30};

template <class Word>
std::atomic_ref<Word> shared(Word& word) {
  return std::atomic_ref<Word>(word);
}

/// The server's end of a channel.
class ServerEnd {
 public:
  explicit ServerEnd(int memory) {
    void* page =
        mmap(nullptr, channel::kChannelSize, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    EXPECT_NE(page, MAP_FAILED);
    EXPECT_EQ(fcntl(memory, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    close(memory);
    page_ = static_cast<channel::Page*>(page);
    EXPECT_EQ(page_->header.magic, channel::kMagic);
    EXPECT_EQ(page_->header.version, channel::kVersion);
    EXPECT_EQ(page_->header.size, channel::kChannelSize);
  }
  ServerEnd(ServerEnd&& other) noexcept
      : page_(std::exchange(other.page_, nullptr)), seen_(other.seen_) {}
  ServerEnd& operator=(ServerEnd&&) = delete;
  ~ServerEnd() {
    if (page_ != nullptr) munmap(page_, channel::kChannelSize);
  }

  /// The next request: false when none comes.
  bool await_request() {
    return eventually([this] { return shared(page_->request.state).load() != seen_; }) &&
           (seen_ = shared(page_->request.state).load()) != channel::kClosed;
  }
  bool is_closed() {
    return eventually([this] { return shared(page_->request.state).load() == channel::kClosed; });
  }
  bool client_sleeps() {
    return eventually([this] { return shared(page_->request.client_sleeps).load() != 0; });
  }
  [[nodiscard]] const channel::Request& request() const { return page_->request; }
  [[nodiscard]] const channel::Page& page() const { return *page_; }
  /// The area from `offset` on.
  [[nodiscard]] std::string area(std::size_t offset, std::size_t size) const {
    return {reinterpret_cast<const char*>(page_) + channel::kAreaOffset + offset, size};
  }
  void claim_output(std::uint32_t extents) { page_->response.output_extents = extents; }
  /// Puts output of the present call into the area, behind `input` bytes.
  void put(std::size_t input, std::initializer_list<DataExtent> extents, std::string_view bytes) {
    std::copy(extents.begin(), extents.end(), page_->output);
    page_->response.output_extents = static_cast<std::uint32_t>(extents.size());
    std::memcpy(
        reinterpret_cast<char*>(page_) + channel::kAreaOffset + channel::output_begin(input),
        bytes.data(), bytes.size());
  }

  void answer(std::int32_t error, std::int64_t first = 0, std::uint32_t signal = 0) {
    page_->response.error = error;
    page_->response.signal = signal;
    page_->response.result[0] = first;
    shared(page_->response.state).store(seen_);
    ring();
  }
  void draw_attention() {
    ++shared(page_->response.attention);
    ring();
  }
  void leave() {
    shared(page_->response.closed).store(1);
    ring();
  }

 private:
  static bool eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }
  void ring();

  channel::Page* page_;
  std::uint32_t seen_ = channel::kNone;
};

void ServerEnd::ring() {
  ++shared(page_->response.bell);
  syscall(SYS_futex, &page_->response.bell, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

/// Answers a thread's first call, and its request for a channel.
ServerEnd open_channel(Peer& peer) {
  peer.answer(peer.expect_syscall(1), 0);
  const Frame open = peer.read();
  EXPECT_EQ(open.header.type, wire::FrameType::channel_open);
  EXPECT_EQ(open.header.length, sizeof open.header);
  ServerEnd end(peer.take_passed());
  peer.send(wire::FrameClass::response, wire::FrameType::channel_open, open.header.request, 0,
            std::string_view("\0\0\0\0", 4));
  return end;
}

class ChannelTest : public ClientTest {
 protected:
  using Script = std::function<void(Peer&, ServerEnd&)>;

  void TearDown() override {
    if (handles_) sigaction(SIGUSR1, &before_, nullptr);
    ClientTest::TearDown();
  }
  /// Connects, and makes the first call: the second is the first in the channel.
  void with_channel(Script script) {
    caller_ = pthread_self();
    connect_to(
        [script = std::move(script)](Peer& peer) {
          ServerEnd end = open_channel(peer);
          script(peer, end);
        },
        kOurBanner, kAllFeatures);
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
    with_channel([&](Peer& peer, ServerEnd& end) {
      ASSERT_TRUE(end.await_request());
      signal_until_heard(peer);
      expect_interrupt(peer, end);
      EXPECT_FALSE(peer.has_input(50)) << "one interrupt is enough";
      end.answer(NB_EINTR);
    });
    EXPECT_EQ(call(3, {}, restart).error, NB_EINTR);
    join();
    EXPECT_EQ(call(3).error, -1);
  }
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
    with_channel([killed](Peer& peer, ServerEnd& end) {
      ASSERT_TRUE(end.await_request());
      ASSERT_TRUE(end.client_sleeps());
      if (!killed) end.leave();
      peer.hang_up();
    });
    EXPECT_EQ(call(3).error, -1);
    join();
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
  if (kThreadSanitizer) GTEST_SKIP() << "a child of a program with threads";
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
