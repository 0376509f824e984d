// SCM_RIGHTS: open files that cross in messages of local sockets.
#include <cstring>
#include <vector>

#include "kernel_testing.h"

namespace farcall::testing {
namespace {

constexpr std::size_t kHeader = 16;

/// A message of one byte with room for control messages.
class Message {
 public:
  explicit Message(std::size_t control_room = 0) : control_(control_room) {
    header_.msg_iov = &vector_;
    header_.msg_iovlen = 1;
    header_.msg_control = control_.data();
    header_.msg_controllen = static_cast<unsigned>(control_room);
  }
  static Message with(const std::vector<int>& fds, int type = NB_SCM_RIGHTS) {
    const std::size_t size = kHeader + fds.size() * sizeof(int);
    Message message(size);
    const netbsd::cmsghdr header{static_cast<unsigned>(size), NB_SOL_SOCKET, type};
    std::memcpy(message.control_.data(), &header, sizeof header);
    std::memcpy(message.control_.data() + kHeader, fds.data(), fds.size() * sizeof(int));
    return message;
  }
  Message(Message&& other) noexcept : Message(other.control_.size()) {
    std::memcpy(control_.data(), other.control_.data(), control_.size());
  }

  netbsd::msghdr* operator*() { return &header_; }
  [[nodiscard]] int flags() const { return header_.msg_flags; }
  [[nodiscard]] std::vector<int> descriptors() const {
    if (header_.msg_controllen < kHeader) return {};
    std::vector<int> fds((header_.msg_controllen - kHeader) / sizeof(int));
    std::memcpy(fds.data(), control_.data() + kHeader, fds.size() * sizeof(int));
    return fds;
  }

 private:
  char byte_ = 'x';
  netbsd::iovec vector_{&byte_, 1};
  std::vector<char> control_;
  netbsd::msghdr header_{};
};

class PassedFilesTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    ASSERT_THAT(call(NB_SYS_socketpair, NB_AF_LOCAL, NB_SOCK_DGRAM, 0, pair_), Succeeds());
    pipe_ = make_pipe();
  }
  Outcome send(const std::vector<int>& fds) {
    Message message = Message::with(fds);
    return call(NB_SYS_sendmsg, pair_[0], *message, 0);
  }
  Outcome receive(Message& message, int flags = 0) {
    return call(NB_SYS_recvmsg, pair_[1], *message, flags | NB_MSG_DONTWAIT);
  }
  /// Whether nothing can write into the pipe any more.
  [[nodiscard]] bool pipe_ended() const {
    netbsd::pollfd entry{pipe_.read, NB_POLLIN, 0};
    call(NB_SYS_poll, &entry, 1, 0);
    return (entry.revents & NB_POLLHUP) != 0;
  }

  int pair_[2] = {-1, -1};
  Pipe pipe_{};
};

TEST_F(PassedFilesTest, AFileArrivesUnderADescriptorOfItsOwn) {
  ASSERT_THAT(send({pipe_.write}), Returns(1));
  call(NB_SYS_close, pipe_.write);
  Message message(64);
  ASSERT_THAT(receive(message), Returns(1));
  ASSERT_EQ(message.descriptors().size(), 1u);
  EXPECT_EQ(message.flags(), 0);
  EXPECT_THAT(call(NB_SYS_write, message.descriptors()[0], "y", 1), Returns(1));
  char byte = 0;
  EXPECT_THAT(call(NB_SYS_read, pipe_.read, &byte, 1), Returns(1));
  EXPECT_EQ(byte, 'y');
}

TEST_F(PassedFilesTest, AMessageKeepsItsFilesOpenUntilItsEnd) {
  send({pipe_.write});
  call(NB_SYS_close, pipe_.write);
  EXPECT_FALSE(pipe_ended());
  call(NB_SYS_close, pair_[1]);
  EXPECT_TRUE(pipe_ended());
}

TEST_F(PassedFilesTest, WhatHasNoRoomIsClosed) {
  send({pipe_.write, pipe_.write, pipe_.write});
  Message message(kHeader + 2 * sizeof(int));
  ASSERT_THAT(receive(message), Returns(1));
  EXPECT_EQ(message.descriptors().size(), 2u);
  EXPECT_EQ(message.flags(), NB_MSG_CTRUNC);
  for (const int fd : message.descriptors()) call(NB_SYS_close, fd);
  call(NB_SYS_close, pipe_.write);
  EXPECT_TRUE(pipe_ended());
}

TEST_F(PassedFilesTest, WhoAsksForNoneGetsNone) {
  send({pipe_.write});
  call(NB_SYS_close, pipe_.write);
  char byte = 0;
  EXPECT_THAT(call(NB_SYS_read, pair_[1], &byte, 1), Returns(1));
  EXPECT_TRUE(pipe_ended());
}

TEST_F(PassedFilesTest, WhoPeeksLeavesThem) {
  send({pipe_.write});
  Message peeked(64), message(64);
  ASSERT_THAT(receive(peeked, NB_MSG_PEEK), Returns(1));
  EXPECT_TRUE(peeked.descriptors().empty());
  ASSERT_THAT(receive(message), Returns(1));
  EXPECT_EQ(message.descriptors().size(), 1u);
}

TEST_F(PassedFilesTest, WithoutFreeDescriptorsTheyAreClosed) {
  send({pipe_.write});
  const netbsd::rlimit limit{3, 1024};
  ASSERT_THAT(call(NB_SYS_setrlimit, NB_RLIMIT_NOFILE, &limit), Succeeds());
  Message message(64);
  ASSERT_THAT(receive(message), Returns(1));
  EXPECT_TRUE(message.descriptors().empty());
  EXPECT_EQ(message.flags(), NB_MSG_CTRUNC);
}

TEST_F(PassedFilesTest, WhatCannotBeSent) {
  EXPECT_THAT(send({pipe_.write, 999}), FailsWith(NB_EBADF));
  EXPECT_THAT(send({pair_[1]}), FailsWith(NB_EOPNOTSUPP));
  Message other = Message::with({pipe_.write}, NB_SCM_CREDS);
  EXPECT_THAT(call(NB_SYS_sendmsg, pair_[0], *other, 0), FailsWith(NB_EOPNOTSUPP));
  Message longer = Message::with({pipe_.write});
  static_cast<netbsd::cmsghdr*>((*longer)->msg_control)->cmsg_len = 400;
  EXPECT_THAT(call(NB_SYS_sendmsg, pair_[0], *longer, 0), FailsWith(NB_EINVAL));
  static_cast<netbsd::cmsghdr*>((*longer)->msg_control)->cmsg_len = 3;
  EXPECT_THAT(call(NB_SYS_sendmsg, pair_[0], *longer, 0), FailsWith(NB_EINVAL));
  call(NB_SYS_close, pipe_.write);
  EXPECT_TRUE(pipe_ended());
}

}  // namespace
}  // namespace farcall::testing
