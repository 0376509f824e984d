// Descriptors: numbers, dup, fcntl, limits.
#include "kernel_testing.h"

namespace farcall::testing {
namespace {

class DescriptorTest : public KernelTest {};

TEST_F(DescriptorTest, TheLowestFreeNumberIsTaken) {
  Pipe pipe = make_pipe();
  EXPECT_EQ(pipe.read, 0);
  EXPECT_EQ(pipe.write, 1);
  EXPECT_THAT(call(NB_SYS_dup, 1), Returns(2));
  EXPECT_THAT(call(NB_SYS_close, 0), Succeeds());
  EXPECT_THAT(call(NB_SYS_dup, 1), Returns(0));
}

TEST_F(DescriptorTest, ADuplicateKeepsTheFileOpen) {
  Pipe pipe = make_pipe();
  EXPECT_THAT(call(NB_SYS_dup2, pipe.write, 7), Returns(7));
  call(NB_SYS_close, pipe.write);
  EXPECT_THAT(call(NB_SYS_write, 7, "x", 1), Returns(1));
  char byte = 0;
  EXPECT_THAT(call(NB_SYS_read, pipe.read, &byte, 1), Returns(1));
  call(NB_SYS_close, 7);
  EXPECT_THAT(call(NB_SYS_read, pipe.read, &byte, 1), Returns(0));
}

TEST_F(DescriptorTest, Dup2ClosesWhatWasThere) {
  Pipe one = make_pipe(), other = make_pipe();
  EXPECT_THAT(call(NB_SYS_dup2, one.read, other.write), Succeeds());
  char byte = 0;
  EXPECT_THAT(call(NB_SYS_read, other.read, &byte, 1), Returns(0));
}

TEST_F(DescriptorTest, Dup2OntoItselfChangesNothing) {
  Pipe pipe = make_pipe();
  call(NB_SYS_fcntl, pipe.read, NB_F_SETFD, NB_FD_CLOEXEC);
  EXPECT_THAT(call(NB_SYS_dup2, pipe.read, pipe.read), Returns(pipe.read));
  EXPECT_THAT(call(NB_SYS_fcntl, pipe.read, NB_F_GETFD), Returns(NB_FD_CLOEXEC));
  EXPECT_THAT(call(NB_SYS_dup2, 99, 99), FailsWith(NB_EBADF));
}

TEST_F(DescriptorTest, Dup3SetsCloseOnExec) {
  Pipe pipe = make_pipe();
  EXPECT_THAT(call(NB_SYS_dup3, pipe.read, 9, NB_O_CLOEXEC), Returns(9));
  EXPECT_THAT(call(NB_SYS_fcntl, 9, NB_F_GETFD), Returns(NB_FD_CLOEXEC));
  EXPECT_THAT(call(NB_SYS_fcntl, pipe.read, NB_F_GETFD), Returns(0));
}

TEST_F(DescriptorTest, FcntlDuplicatesFromAMinimum) {
  Pipe pipe = make_pipe();
  EXPECT_THAT(call(NB_SYS_fcntl, pipe.read, NB_F_DUPFD, 20), Returns(20));
  EXPECT_THAT(call(NB_SYS_fcntl, pipe.read, NB_F_DUPFD_CLOEXEC, 20), Returns(21));
  EXPECT_THAT(call(NB_SYS_fcntl, 21, NB_F_GETFD), Returns(NB_FD_CLOEXEC));
  EXPECT_THAT(call(NB_SYS_fcntl, pipe.read, NB_F_DUPFD, -1), FailsWith(NB_EINVAL));
  EXPECT_THAT(call(NB_SYS_fcntl, 0, NB_F_MAXFD), Returns(21));
}

TEST_F(DescriptorTest, StatusFlagsBelongToTheFile) {
  Pipe pipe = make_pipe();
  long copy = call(NB_SYS_dup, pipe.write).value;
  call(NB_SYS_fcntl, pipe.write, NB_F_SETFL, NB_O_NONBLOCK);
  EXPECT_THAT(call(NB_SYS_fcntl, copy, NB_F_GETFL), Returns(NB_O_WRONLY | NB_O_NONBLOCK));
  int off = 0;
  EXPECT_THAT(call(NB_SYS_ioctl, copy, NB_FIONBIO, &off), Succeeds());
  EXPECT_THAT(call(NB_SYS_fcntl, pipe.write, NB_F_GETFL), Returns(NB_O_WRONLY));
}

TEST_F(DescriptorTest, CloseFromClosesAllAbove) {
  make_pipe();
  make_pipe();
  EXPECT_THAT(call(NB_SYS_fcntl, 1, NB_F_CLOSEM), Succeeds());
  EXPECT_THAT(call(NB_SYS_fcntl, 0, NB_F_MAXFD), Returns(0));
}

TEST_F(DescriptorTest, TheLimitHolds) {
  netbsd::rlimit limit{};
  EXPECT_THAT(call(NB_SYS_getrlimit, NB_RLIMIT_NOFILE, &limit), Succeeds());
  EXPECT_EQ(limit.rlim_cur, 1024u);
  limit.rlim_cur = 4;
  EXPECT_THAT(call(NB_SYS_setrlimit, NB_RLIMIT_NOFILE, &limit), Succeeds());
  make_pipe();
  make_pipe();
  EXPECT_THAT(call(NB_SYS_dup, 0), FailsWith(NB_EMFILE));
  EXPECT_THAT(call(NB_SYS_pipe), FailsWith(NB_EMFILE));
  EXPECT_THAT(call(NB_SYS_dup2, 0, 4), FailsWith(NB_EBADF));
  call(NB_SYS_close, 3);
  EXPECT_THAT(call(NB_SYS_pipe), FailsWith(NB_EMFILE));
  EXPECT_THAT(call(NB_SYS_dup, 0), Returns(3)) << "the failed pipe left a descriptor";
}

TEST_F(DescriptorTest, ClosedDescriptorsAreRefusedEverywhere) {
  char buffer[16];
  EXPECT_THAT(call(NB_SYS_close, 5), FailsWith(NB_EBADF));
  EXPECT_THAT(call(NB_SYS_close, -1), FailsWith(NB_EBADF));
  EXPECT_THAT(call(NB_SYS_read, 5, buffer, 1), FailsWith(NB_EBADF));
  EXPECT_THAT(call(NB_SYS_dup, 5), FailsWith(NB_EBADF));
  EXPECT_THAT(call(NB_SYS_fcntl, 5, NB_F_GETFL), FailsWith(NB_EBADF));
  EXPECT_THAT(call(NB_SYS_ioctl, 5, NB_FIONBIO, buffer), FailsWith(NB_EBADF));
  EXPECT_THAT(call(NB_SYS_fstat50, 5, buffer), FailsWith(NB_EBADF));
  EXPECT_THAT(call(NB_SYS_listen, 5, 1), FailsWith(NB_EBADF));
}

}  // namespace
}  // namespace farcall::testing
