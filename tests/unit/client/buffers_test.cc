// farcall/buffers.h, against a server that is made of a script.
#include <farcall/buffers.h>
#include <farcall/client.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <rump/rumpclient.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <functional>
#include <future>

#include "fake_server.h"
#include "farcall/arena.h"
#include "netbsd/constants.h"
#include "netbsd/syscalls.h"

namespace farcall::client_test {
namespace {

constexpr std::size_t kSize = 1 << 20;
/// A HelloAnswer with buffers, 1 MiB of them, in a kernel that borrows; and in one that does not.
constexpr std::string_view kLends = "\x08\x01\x10\x04\x28\x80\x80\x40\x30\x01";
constexpr std::string_view kShares = "\x08\x01\x10\x04\x28\x80\x80\x40";

template <class Word>
std::atomic_ref<Word> shared(Word& word) {
  return std::atomic_ref<Word>(word);
}

/// The server's end of an arena.
class ServerEnd {
 public:
  /// Takes the client's offer, or refuses it.
  ServerEnd(Peer& peer, bool takes) {
    const Frame frame = peer.read();
    EXPECT_EQ(frame.header.type, wire::FrameType::arena_open);
    EXPECT_EQ(frame.body.size(), sizeof offer_);
    std::memcpy(&offer_, frame.body.data(), std::min(frame.body.size(), sizeof offer_));
    const int memory = peer.take_passed();
    EXPECT_EQ(fcntl(memory, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    void* address = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    close(memory);
    EXPECT_NE(address, MAP_FAILED);
    base_ = static_cast<char*>(address);
    if (takes) {
      peer.send(wire::FrameClass::response, frame.header.type, frame.header.request, 0,
                std::string_view("\0\0\0\0", 4));
    } else {
      peer.send(wire::FrameClass::error, frame.header.type, frame.header.request,
                static_cast<std::uint32_t>(wire::WireError::try_again));
    }
  }
  ~ServerEnd() { munmap(base_, kSize); }
  ServerEnd(const ServerEnd&) = delete;
  ServerEnd& operator=(const ServerEnd&) = delete;

  [[nodiscard]] const arena::Offer& offer() const { return offer_; }
  [[nodiscard]] char* at(std::uint64_t address) const { return base_ + (address - offer_.address); }
  [[nodiscard]] arena::Header& header() const { return *reinterpret_cast<arena::Header*>(base_); }
  [[nodiscard]] arena::Loans& loans(std::uint64_t address) const {
    auto* words = reinterpret_cast<arena::Loans*>(base_ + arena::kLoansOffset);
    return words[(address - offer_.address) / arena::kPage];
  }
  void end_loan(std::uint64_t address) {
    shared(loans(address)).fetch_sub(1);
    shared(header().bell).fetch_add(1);
    if (shared(header().sleepers).load() == 0) return;
    syscall(SYS_futex, &header().bell, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  }
  /// Sleeps until the client does, in farcall_buf_wait.
  void wait_for_sleeper() {
    while (shared(header().sleepers).load() == 0) sched_yield();
  }

 private:
  arena::Offer offer_{};
  char* base_ = nullptr;
};

class BuffersTest : public ClientTest {
 protected:
  void connect_sharing(std::function<void(Peer&)> script, std::string_view answer = kLends) {
    connect_to(std::move(script), kOurBanner, answer);
  }
  static farcall_buf_status query() {
    farcall_buf_status status;
    farcall_buf_query(&status);
    return status;
  }
};

TEST_F(BuffersTest, AreOfferedOnceAndSentFromThere) {
  connect_sharing([](Peer& peer) {
    ServerEnd end(peer, true);
    EXPECT_EQ(end.offer().size, kSize);
    const Frame sent = peer.expect_syscall(NB_SYS_sendto);
    EXPECT_EQ(argument(sent, 0), 5U);
    EXPECT_EQ(argument(sent, 2), 3U);
    EXPECT_EQ(argument(sent, 3), std::uint64_t{NB_MSG_NOSIGNAL | arena::kMsgLend});
    EXPECT_EQ(std::string(end.at(argument(sent, 1)), 3), "cde");
    peer.answer(sent, 0, 2);
    const Frame failed = peer.expect_syscall(NB_SYS_sendto);
    peer.answer(failed, NB_EPIPE);
  });
  farcall_buf* buffer = farcall_buf_alloc(10'000);
  ASSERT_NE(buffer, nullptr);
  EXPECT_EQ(farcall_buf_size(buffer), 10'000U);
  std::memcpy(farcall_buf_data(buffer), "abcdef", 6);
  farcall_buf* another = farcall_buf_alloc(1);
  ASSERT_NE(another, nullptr);
  std::size_t sent = 0;
  EXPECT_EQ(farcall_buf_send(5, buffer, 2, 3, NB_MSG_NOSIGNAL, &sent), 0);
  EXPECT_EQ(sent, 2U);
  EXPECT_EQ(farcall_buf_send(5, buffer, 0, 1, 0, &sent), NB_EPIPE);
  const auto status = query();
  EXPECT_TRUE(status.shared && status.lends);
  EXPECT_EQ(status.used, 4 * arena::kPage);
  EXPECT_EQ(farcall_buf_free(buffer), 0);
  EXPECT_EQ(farcall_buf_free(another), 0);
  EXPECT_EQ(query().used, 0U);
}

TEST_F(BuffersTest, LentOnesAreWaitedForAndFreedLater) {
  connect_sharing([](Peer& peer) {
    ServerEnd end(peer, true);
    const Frame sent = peer.expect_syscall(NB_SYS_sendto);
    const std::uint64_t address = argument(sent, 1);
    shared(end.loans(address)).fetch_add(1);
    peer.answer(sent, 0, 1);
    end.wait_for_sleeper();
    end.end_loan(address);
  });
  farcall_buf* buffer = farcall_buf_alloc(kSize / 2);
  ASSERT_NE(buffer, nullptr);
  std::size_t sent = 0;
  EXPECT_EQ(farcall_buf_send(5, buffer, 100'000, 1, 0, &sent), 0);
  EXPECT_EQ(farcall_buf_wait(buffer, 0), -1);
  EXPECT_EQ(errno, ETIMEDOUT);
  EXPECT_EQ(query().lent, arena::kPage);
  EXPECT_EQ(farcall_buf_wait(buffer, -1), 0);
  EXPECT_EQ(query().lent, 0U);
  EXPECT_EQ(farcall_buf_free(buffer), 0);
}

TEST_F(BuffersTest, AFreedOneStaysAsLongAsItIsLent) {
  connect_sharing([](Peer& peer) {
    ServerEnd end(peer, true);
    const Frame sent = peer.expect_syscall(NB_SYS_sendto);
    const std::uint64_t address = argument(sent, 1);
    shared(end.loans(address)).fetch_add(1);
    peer.answer(sent, 0, 1);
    const Frame question = peer.expect_syscall(1);
    end.end_loan(address);
    peer.answer(question, 0);
  });
  farcall_buf* buffer = farcall_buf_alloc(kSize / 2);
  std::size_t sent = 0;
  EXPECT_EQ(farcall_buf_send(5, buffer, 0, 1, 0, &sent), 0);
  EXPECT_EQ(farcall_buf_wait(buffer, 20), -1);
  EXPECT_EQ(errno, ETIMEDOUT);
  EXPECT_EQ(farcall_buf_free(buffer), 0);
  EXPECT_EQ(farcall_buf_free(buffer), -1);
  EXPECT_EQ(farcall_buf_alloc(kSize / 2), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  call(1);
  farcall_buf* again = farcall_buf_alloc(kSize / 2);
  EXPECT_EQ(again, buffer);
  EXPECT_EQ(farcall_buf_free(again), 0);
}

TEST_F(BuffersTest, ReceivedDataComesInABufferOfItsSize) {
  connect_sharing([](Peer& peer) {
    ServerEnd end(peer, true);
    const Frame received = peer.expect_syscall(NB_SYS_recvfrom);
    EXPECT_EQ(argument(received, 2), 65'536U);
    std::memcpy(end.at(argument(received, 1)), "data", 4);
    peer.answer(received, 0, 4);
    peer.answer(peer.expect_syscall(NB_SYS_recvfrom), 0, 0);
    peer.answer(peer.expect_syscall(NB_SYS_recvfrom), NB_ECONNRESET);
  });
  farcall_buf* buffer = nullptr;
  std::size_t size = 0;
  EXPECT_EQ(farcall_buf_receive(5, 65'536, 0, &buffer, &size), 0);
  ASSERT_NE(buffer, nullptr);
  EXPECT_EQ(std::string(static_cast<char*>(farcall_buf_data(buffer)), size), "data");
  EXPECT_EQ(query().used, arena::kPage);
  EXPECT_EQ(farcall_buf_free(buffer), 0);
  EXPECT_EQ(farcall_buf_receive(5, 65'536, 0, &buffer, &size), 0);
  EXPECT_TRUE(buffer == nullptr && size == 0) << "the end";
  EXPECT_EQ(farcall_buf_receive(5, 65'536, 0, &buffer, &size), NB_ECONNRESET);
  EXPECT_EQ(query().used, 0U);
}

TEST_F(BuffersTest, BytesOutsideOfABufferAreRefusedHere) {
  connect_sharing([](Peer& peer) { ServerEnd end(peer, true); });
  farcall_buf* buffer = farcall_buf_alloc(100);
  std::size_t sent = 7;
  const std::pair<std::size_t, std::size_t> outside[] = {
      {0, 101}, {101, 0}, {100, 1}, {SIZE_MAX, 2}, {1, SIZE_MAX}};
  for (const auto& [offset, size] : outside) {
    EXPECT_EQ(farcall_buf_send(5, buffer, offset, size, 0, &sent), -1);
    EXPECT_EQ(errno, EINVAL);
  }
  EXPECT_EQ(farcall_buf_send(5, nullptr, 0, 1, 0, &sent), -1);
  EXPECT_EQ(farcall_buf_free(buffer), 0);
  EXPECT_EQ(farcall_buf_send(5, buffer, 0, 1, 0, &sent), -1) << "freed";
  EXPECT_EQ(farcall_buf_wait(buffer, 0), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(farcall_buf_data(buffer), nullptr);
  EXPECT_EQ(farcall_buf_size(buffer), 0U);
  EXPECT_EQ(sent, 7U);
  EXPECT_EQ(farcall_buf_alloc(0), nullptr);
  EXPECT_EQ(farcall_buf_alloc(kSize), nullptr) << "header and words take some of it";
}

TEST_F(BuffersTest, BeyondTheServersLimitsAreCopied) {
  connect_sharing([](Peer& peer) {
    const ServerEnd end(peer, false);
    const Frame sent = peer.expect_syscall(NB_SYS_sendto);
    EXPECT_EQ(argument(sent, 3), 0U);
    EXPECT_EQ(peer.copyin(sent, reinterpret_cast<void*>(argument(sent, 1)), 4).body, "copy");
    peer.answer(sent, 0, 4);
  });
  farcall_buf* buffer = farcall_buf_alloc(100);
  ASSERT_NE(buffer, nullptr);
  EXPECT_FALSE(query().shared);
  std::memcpy(farcall_buf_data(buffer), "copy", 4);
  std::size_t sent = 0;
  EXPECT_EQ(farcall_buf_send(5, buffer, 0, 4, 0, &sent), 0);
  EXPECT_EQ(farcall_buf_wait(buffer, 0), 0);
  EXPECT_EQ(farcall_buf_free(buffer), 0);
}

TEST_F(BuffersTest, AServerThatTakesNoneIsNotAsked) {
  connect_to([](Peer& peer) { peer.answer(peer.expect_syscall(NB_SYS_sendto), 0, 4); });
  farcall_buf* buffer = farcall_buf_alloc(100);
  std::size_t sent = 0;
  EXPECT_EQ(farcall_buf_send(5, buffer, 0, 4, 0, &sent), 0);
  EXPECT_FALSE(query().shared);
  EXPECT_EQ(farcall_buf_free(buffer), 0);
}

TEST_F(BuffersTest, NothingIsLentToAKernelThatCopies) {
  connect_sharing(
      [](Peer& peer) {
        ServerEnd end(peer, true);
        const Frame sent = peer.expect_syscall(NB_SYS_sendto);
        EXPECT_EQ(argument(sent, 3), 0U);
        peer.answer(sent, 0, 4);
      },
      kShares);
  farcall_buf* buffer = farcall_buf_alloc(100);
  std::size_t sent = 0;
  EXPECT_EQ(farcall_buf_send(5, buffer, 0, 4, 0, &sent), 0);
  EXPECT_TRUE(query().shared);
  EXPECT_FALSE(query().lends);
  EXPECT_EQ(farcall_buf_free(buffer), 0);
}

TEST_F(BuffersTest, WithoutAConnectionThereAreNone) {
  EXPECT_EQ(farcall_buf_alloc(100), nullptr);
  EXPECT_EQ(errno, ENOTCONN);
}

TEST_F(BuffersTest, AWaitEndsWithTheServer) {
  connect_sharing([](Peer& peer) {
    ServerEnd end(peer, true);
    const Frame sent = peer.expect_syscall(NB_SYS_sendto);
    shared(end.loans(argument(sent, 1))).fetch_add(1);
    peer.answer(sent, 0, 1);
    peer.expect_syscall(1);
    peer.hang_up();
  });
  farcall_buf* buffer = farcall_buf_alloc(100);
  std::size_t sent = 0;
  EXPECT_EQ(farcall_buf_send(5, buffer, 0, 1, 0, &sent), 0);
  EXPECT_EQ(call(1).error, -1);
  EXPECT_EQ(farcall_buf_wait(buffer, -1), -1);
  EXPECT_EQ(errno, ENOTCONN);
  EXPECT_FALSE(query().shared);
  // What was lent to a server that is gone nobody gives back; for the tests that follow:
  auto* const words = static_cast<char*>(farcall_buf_data(buffer)) - (kSize - query().size);
  std::memset(words + arena::kLoansOffset, 0, kSize / arena::kPage * sizeof(arena::Loans));
  EXPECT_EQ(farcall_buf_free(buffer), 0);
}

TEST_F(BuffersTest, AChildThatIsAnnouncedMakesItsOwn) {
  connect_sharing([this](Peer& parent) {
    ServerEnd end(parent, true);
    const Frame prefork = parent.read();
    const wire::ForkCookie cookie{};
    parent.send(wire::FrameClass::response, prefork.header.type, prefork.header.request, 0,
                {reinterpret_cast<const char*>(&cookie), sizeof cookie});
    Peer child = listener_.accept();
    child.welcome(kOurBanner, kLends);
    ServerEnd own(child, true);
    const Frame sent = child.expect_syscall(NB_SYS_sendto);
    EXPECT_STREQ(own.at(argument(sent, 1)), "child");
    child.answer(sent, 0, 6);
    EXPECT_TRUE(child.at_end());
    const Frame later = parent.expect_syscall(NB_SYS_sendto);
    EXPECT_STREQ(end.at(argument(later, 1)), "parent");
    parent.answer(later, 0, 7);
  });
  farcall_buf* buffer = farcall_buf_alloc(100);
  ASSERT_NE(buffer, nullptr);
  std::strcpy(static_cast<char*>(farcall_buf_data(buffer)), "parent");
  std::size_t sent = 0;
  const pid_t child = rumpclient_fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (farcall_buf_free(buffer) != -1 || query().size != 0) _exit(1);
    farcall_buf* own = farcall_buf_alloc(100);
    if (own == nullptr) _exit(2);
    std::strcpy(static_cast<char*>(farcall_buf_data(own)), "child");
    _exit(farcall_buf_send(5, own, 0, 6, 0, &sent) == 0 && sent == 6 ? 0 : 3);
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(farcall_buf_send(5, buffer, 0, 7, 0, &sent), 0);
  EXPECT_EQ(farcall_buf_free(buffer), 0);
}

TEST_F(BuffersTest, AChildHasNoneOfItsParents) {
  std::promise<void> child_ended;
  connect_sharing([ended = child_ended.get_future().share()](Peer& peer) {
    const ServerEnd end(peer, true);
    ended.wait();
  });
  farcall_buf* buffer = farcall_buf_alloc(100);
  ASSERT_NE(buffer, nullptr);
  const pid_t child = fork();
  if (child == 0) {
    std::size_t sent = 0;
    const bool refused = farcall_buf_data(buffer) == nullptr && farcall_buf_free(buffer) == -1 &&
                         farcall_buf_wait(buffer, 0) == -1 && farcall_buf_alloc(1) == nullptr &&
                         farcall_buf_send(5, buffer, 0, 1, 0, &sent) == -1 && !query().shared;
    _exit(refused ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  child_ended.set_value();
  EXPECT_EQ(status, 0);
  std::memset(farcall_buf_data(buffer), 1, 100);
  EXPECT_EQ(farcall_buf_free(buffer), 0);
}

}  // namespace
}  // namespace farcall::client_test
