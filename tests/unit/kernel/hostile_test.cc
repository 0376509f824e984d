// Arguments that no honest client sends: nothing but an error may come of them.
#include "kernel_testing.h"

namespace farcall::testing {
namespace {

class HostileTest : public KernelTest {};

constexpr std::uint64_t kHuge = std::uint64_t{1} << 63;

TEST_F(HostileTest, NumbersOutOfTheTable) {
  EXPECT_THAT(call(-1), FailsWith(NB_ENOSYS));
  EXPECT_THAT(call(0), FailsWith(NB_ENOSYS));
  EXPECT_THAT(call(kMaxSyscall + 1), FailsWith(NB_ENOSYS));
  EXPECT_THAT(call(0x7fffffff), FailsWith(NB_ENOSYS));
  EXPECT_THAT(call(static_cast<int>(0x80000000)), FailsWith(NB_ENOSYS));
  EXPECT_THAT(call(NB_SYS_mount50), FailsWith(NB_ENOSYS));
}

TEST_F(HostileTest, LengthsBeyondAllMemory) {
  Pipe pipe = make_pipe();
  char byte = 0;
  EXPECT_THAT(call(NB_SYS_read, pipe.read, &byte, kHuge), FailsWith(NB_EINVAL));
  EXPECT_THAT(call(NB_SYS_write, pipe.write, &byte, kHuge), FailsWith(NB_EINVAL));
  netbsd::iovec huge[2] = {{&byte, kHuge - 1}, {&byte, kHuge - 1}};
  EXPECT_THAT(call(NB_SYS_writev, pipe.write, huge, 2), FailsWith(NB_EINVAL));
  EXPECT_THAT(call(NB_SYS_writev, pipe.write, huge, 1025), FailsWith(NB_EINVAL));
  EXPECT_THAT(call(NB_SYS_writev, pipe.write, huge, -1), FailsWith(NB_EINVAL));
}

TEST_F(HostileTest, AReadLargerThanWhatThereIsTakesWhatThereIs) {
  Pipe pipe = make_pipe();
  call(NB_SYS_write, pipe.write, "abc", 3);
  char buffer[8] = {};
  EXPECT_THAT(call(NB_SYS_read, pipe.read, buffer, kHuge - 1), Returns(3));
}

TEST_F(HostileTest, FullBuffersAreBoundedForAllTogether) {
  netbsd::rlimit many{65536, 65536};
  EXPECT_THAT(call(NB_SYS_setrlimit, NB_RLIMIT_NOFILE, &many), Succeeds());
  Outcome written;
  int pipes = 0;
  for (; pipes < 30000 && written.error == 0; ++pipes) {
    written = call(NB_SYS_write, make_pipe().write, "x", 1);
  }
  EXPECT_THAT(written, FailsWith(NB_ENOBUFS)) << "after " << pipes << " pipes";
  EXPECT_THAT(call(NB_SYS_fcntl, 0, NB_F_CLOSEM), Succeeds());
  EXPECT_THAT(call(NB_SYS_write, make_pipe().write, "x", 1), Returns(1));
}

TEST_F(HostileTest, SocketArguments) {
  int fds[2];
  call(NB_SYS_socketpair, NB_AF_LOCAL, NB_SOCK_STREAM, 0, fds);
  char address[300] = {};
  EXPECT_THAT(call(NB_SYS_bind, fds[0], address, 256), FailsWith(NB_EINVAL));
  EXPECT_THAT(call(NB_SYS_bind, fds[0], address, 0), FailsWith(NB_EINVAL));
  EXPECT_THAT(call(NB_SYS_connect, fds[0], address, -1), FailsWith(NB_EINVAL));
  EXPECT_THAT(call(NB_SYS_setsockopt, fds[0], NB_SOL_SOCKET, NB_SO_SNDBUF, address, kHuge - 1),
              FailsWith(NB_EINVAL));
  netbsd::msghdr message{};
  message.msg_iovlen = -1;
  EXPECT_THAT(call(NB_SYS_sendmsg, fds[0], &message, 0), FailsWith(NB_EMSGSIZE));
  message.msg_iovlen = 0;
  message.msg_control = address;
  message.msg_controllen = 0xffffffff;
  EXPECT_THAT(call(NB_SYS_sendmsg, fds[0], &message, 0), FailsWith(NB_EINVAL));
}

TEST_F(HostileTest, DescriptorsOutOfRange) {
  Pipe pipe = make_pipe();
  for (int fd : {-1, 1 << 30, static_cast<int>(0x80000000)}) {
    EXPECT_THAT(call(NB_SYS_dup2, pipe.read, fd), FailsWith(NB_EBADF));
    EXPECT_THAT(call(NB_SYS_fcntl, fd, NB_F_GETFD), FailsWith(NB_EBADF));
  }
  EXPECT_THAT(call(NB_SYS_fcntl, pipe.read, NB_F_DUPFD, 1 << 30), FailsWith(NB_EINVAL));
  EXPECT_THAT(call(NB_SYS_fcntl, -1, NB_F_CLOSEM), FailsWith(NB_EBADF));
}

TEST_F(HostileTest, NullWhereMemoryShouldBe) {
  Pipe pipe = make_pipe();
  EXPECT_THAT(call(NB_SYS_write, pipe.write, nullptr, 1), FailsWith(NB_EFAULT));
  EXPECT_THAT(call(NB_SYS_poll, nullptr, 3, 0), FailsWith(NB_EFAULT));
  EXPECT_THAT(call(NB_SYS_clock_gettime50, NB_CLOCK_REALTIME, nullptr), FailsWith(NB_EFAULT));
  EXPECT_THAT(call(NB_SYS_ioctl, pipe.read, NB_FIONREAD, nullptr), FailsWith(NB_EFAULT));
}

TEST_F(HostileTest, UnknownIoctlsAndFcntls) {
  Pipe pipe = make_pipe();
  char data[0x2000] = {};
  EXPECT_THAT(call(NB_SYS_ioctl, pipe.read, 0xdfff0000, data), FailsWith(NB_ENOTTY));
  EXPECT_THAT(call(NB_SYS_ioctl, pipe.read, 0xffffffff, data), FailsWith(NB_ENOTTY));
  EXPECT_THAT(call(NB_SYS_fcntl, pipe.read, 12345, 0), FailsWith(NB_EINVAL));
  EXPECT_THAT(call(NB_SYS_ioctl, pipe.read, 0x8000667e, data), FailsWith(NB_ENOTTY));
}

}  // namespace
}  // namespace farcall::testing
