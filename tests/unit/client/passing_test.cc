// Descriptors that are packed for other processes: what a receiver gives away to who only pretends.
#include <farcall/client.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>

#include "fake_server.h"
#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "netbsd/syscalls.h"

namespace farcall::client_test {
namespace {

constexpr std::uint64_t kMark = 0x66'61'72'63'61'6c'6c;

/// A socket pair, of which one end looks like a packed descriptor.
class PassingTest : public ClientTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0);
    const wire::FrameHeader header{48, kMark, wire::FrameClass::response, wire::FrameType::syscall,
                                   0};
    const wire::SyscallResponse response{};
    ASSERT_EQ(write(ends_[1], &header, sizeof header), 24);
    ASSERT_EQ(write(ends_[1], &response, sizeof response), 24);
  }
  void TearDown() override {
    ClientTest::TearDown();
    close(ends_[0]);
  }
  /// The server's side of a mailbox that is made and given up, with `meanwhile` in between.
  void serve_mailbox(const std::function<void(Peer&)>& meanwhile) {
    connect_to([meanwhile](Peer& peer) {
      peer.answer(peer.expect_syscall(NB_SYS_socket30), 0, 5);
      const Frame bind = peer.expect_syscall(NB_SYS_bind);
      const auto name =
          peer.copyin(bind, reinterpret_cast<void*>(argument(bind, 1)), argument(bind, 2));
      EXPECT_EQ(name.body.substr(2, 10), "/.farcall-");
      peer.answer(bind, 0);
      meanwhile(peer);
      const Frame close = peer.expect_syscall(NB_SYS_close);
      EXPECT_EQ(argument(close, 0), 5U);
      peer.answer(close, 0);
      peer.answer(peer.expect_syscall(NB_SYS_unlink), NB_ENOSYS);
    });
  }

  int ends_[2] = {-1, -1};
};

TEST_F(PassingTest, OtherSocketsAreNotPacked) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  EXPECT_EQ(farcall_is_packed(ends[0]), 0);
  EXPECT_EQ(write(ends[1], "anything", 8), 8);
  EXPECT_EQ(farcall_is_packed(ends[0]), 0);
  EXPECT_EQ(farcall_is_packed(STDIN_FILENO), 0);
  EXPECT_EQ(farcall_is_packed(ends_[0]), 1);
  close(ends[0]);
  close(ends[1]);
  close(ends_[1]);
}

TEST_F(PassingTest, APretenderReadsNothingButTheMessage) {
  Peer pretender(ends_[1]);
  serve_mailbox([&](Peer&) {
    const Frame sending = pretender.expect_syscall(NB_SYS_sendmsg);
    const auto at = argument(sending, 1);
    const Frame message =
        pretender.copyin(sending, reinterpret_cast<void*>(at), sizeof(netbsd::msghdr));
    EXPECT_EQ(message.body.size(), sizeof(netbsd::msghdr));
    static const char secret[64] = "not the pretender's";
    const wire::CopyRequest copy{sizeof secret, reinterpret_cast<std::uintptr_t>(secret)};
    pretender.send(wire::FrameClass::request, wire::FrameType::copyin, sending.header.request, 0,
                   {reinterpret_cast<const char*>(&copy), sizeof copy});
  });
  EXPECT_EQ(farcall_unpack(ends_[0], 0), -1);
  EXPECT_EQ(errno, EPROTO);
  EXPECT_FALSE(pretender.has_input(0));
}

TEST_F(PassingTest, APretenderWritesNothing) {
  Peer pretender(ends_[1]);
  static char precious[16] = "untouched";
  serve_mailbox([&](Peer&) {
    pretender.copyout(pretender.expect_syscall(NB_SYS_sendmsg), precious, "overwritten");
  });
  EXPECT_EQ(farcall_unpack(ends_[0], 0), -1);
  EXPECT_EQ(errno, EPROTO);
  EXPECT_STREQ(precious, "untouched");
}

TEST_F(PassingTest, AnEndInMidCallIsAnError) {
  auto pretender = std::make_unique<Peer>(ends_[1]);
  serve_mailbox([&](Peer&) {
    pretender->expect_syscall(NB_SYS_sendmsg);
    pretender.reset();
  });
  EXPECT_EQ(farcall_unpack(ends_[0], 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

}  // namespace
}  // namespace farcall::client_test
