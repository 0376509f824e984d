// Pipes: order, end of file, atomicity, waking.
#include <numeric>

#include "kernel_testing.h"

namespace farcall::testing {
namespace {

class PipeTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    pipe_ = make_pipe();
  }

  Outcome write(const std::string& text) {
    return call(NB_SYS_write, pipe_.write, text.data(), text.size());
  }
  std::string read(std::size_t most = 100) {
    std::string text(most, '\0');
    Outcome outcome = call(NB_SYS_read, pipe_.read, text.data(), most);
    EXPECT_THAT(outcome, Succeeds());
    text.resize(static_cast<std::size_t>(outcome.value));
    return text;
  }
  void set_nonblocking(int fd) {
    EXPECT_THAT(call(NB_SYS_fcntl, fd, NB_F_SETFL, NB_O_NONBLOCK), Succeeds());
  }

  Pipe pipe_{};
};

TEST_F(PipeTest, CarriesBytesInOrder) {
  EXPECT_THAT(write("hello "), Returns(6));
  EXPECT_THAT(write("world"), Returns(5));
  EXPECT_EQ(read(3), "hel");
  EXPECT_EQ(read(), "lo world");
}

TEST_F(PipeTest, ReadsIntoAndWritesFromSeveralBuffers) {
  char first[] = "ab", second[] = "cde";
  netbsd::iovec out[] = {{first, 2}, {second, 3}};
  EXPECT_THAT(call(NB_SYS_writev, pipe_.write, out, 2), Returns(5));
  char head[4] = {}, tail[4] = {};
  netbsd::iovec in[] = {{head, 3}, {tail, 3}};
  EXPECT_THAT(call(NB_SYS_readv, pipe_.read, in, 2), Returns(5));
  EXPECT_STREQ(head, "abc");
  EXPECT_STREQ(tail, "de");
}

TEST_F(PipeTest, IsAtItsEndWhenTheWriterIsGone) {
  write("rest");
  call(NB_SYS_close, pipe_.write);
  EXPECT_EQ(read(), "rest");
  EXPECT_EQ(read(), "");
}

TEST_F(PipeTest, WritingToNobodyIsABrokenPipe) {
  call(NB_SYS_close, pipe_.read);
  EXPECT_THAT(write("x"), FailsWith(NB_EPIPE));
}

TEST_F(PipeTest, EndsHaveTheirDirection) {
  char byte = 0;
  EXPECT_THAT(call(NB_SYS_write, pipe_.read, &byte, 1), FailsWith(NB_EBADF));
  EXPECT_THAT(call(NB_SYS_read, pipe_.write, &byte, 1), FailsWith(NB_EBADF));
}

TEST_F(PipeTest, HasNoOffsets) {
  char byte = 0;
  EXPECT_THAT(call(NB_SYS_pread, pipe_.read, &byte, 1, 0, 0), FailsWith(NB_ESPIPE));
  EXPECT_THAT(call(NB_SYS_lseek, pipe_.read, 0, 0, NB_SEEK_SET), FailsWith(NB_ESPIPE));
}

TEST_F(PipeTest, NonblockingEndsFailInsteadOfSleeping) {
  set_nonblocking(pipe_.read);
  set_nonblocking(pipe_.write);
  char byte = 0;
  EXPECT_THAT(call(NB_SYS_read, pipe_.read, &byte, 1), FailsWith(NB_EAGAIN));
  std::string much(1 << 20, 'x');
  Outcome written = write(much);
  EXPECT_THAT(written, Succeeds());
  EXPECT_LT(written.value, 1 << 20);
  EXPECT_THAT(write("y"), FailsWith(NB_EAGAIN));
}

TEST_F(PipeTest, SmallWritesAreAllOrNothing) {
  set_nonblocking(pipe_.write);
  std::string much(1 << 20, 'x');
  long capacity = write(much).value;
  EXPECT_EQ(read(10).size(), 10u);
  EXPECT_THAT(write("twelve bytes"), FailsWith(NB_EAGAIN));
  EXPECT_THAT(write("ten bytes!"), Returns(10));
  EXPECT_EQ(read(static_cast<std::size_t>(capacity) - 10).size(),
            static_cast<std::size_t>(capacity) - 10);
  EXPECT_EQ(read(), "ten bytes!");
}

TEST_F(PipeTest, AReaderSleepsUntilSomethingIsWritten) {
  char buffer[8] = {};
  Caller reader(pid(), [&] { return call(NB_SYS_read, pipe_.read, buffer, sizeof buffer); });
  reader.wait_until_asleep();
  write("woken");
  EXPECT_THAT(reader.result(), Returns(5));
  EXPECT_STREQ(buffer, "woken");
}

TEST_F(PipeTest, AWriterOfMuchGoesOnAsItIsRead) {
  std::string sent(1 << 20, '\0');
  std::iota(sent.begin(), sent.end(), '\0');
  Caller writer(pid(), [&] { return write(sent); });
  std::string received;
  while (received.size() < sent.size()) received += read(100000);
  EXPECT_THAT(writer.result(), Returns(sent.size()));
  EXPECT_EQ(received, sent);
}

TEST_F(PipeTest, HoldsMoreForALongWrite) {
  std::string first(50'000, 'f');
  std::string sent(200'000, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * i % 251);
  write(first);
  EXPECT_EQ(read(40'000).size(), 40'000u);
  Caller writer(pid(), [&] { return write(sent); });
  EXPECT_THAT(writer.result(), Returns(sent.size())) << "it ends though nobody reads";
  std::string received;
  while (received.size() < 10'000 + sent.size()) received += read(77'777);
  EXPECT_EQ(received, first.substr(40'000) + sent);
}

TEST_F(PipeTest, AnInterruptedReadFailsAndTheNextWorks) {
  char buffer[8] = {};
  auto reading = [&] { return call(NB_SYS_read, pipe_.read, buffer, sizeof buffer); };
  Outcome second;
  Caller reader(pid(), [&] {
    Outcome first = reading();
    write("again");
    second = reading();
    return first;
  });
  reader.wait_until_asleep();
  reader.interrupt();
  EXPECT_THAT(reader.result(), FailsWith(NB_EINTR));
  EXPECT_THAT(second, Returns(5));
}

TEST_F(PipeTest, ClosingTheWriterWakesASleepingReader) {
  char byte = 0;
  Caller reader(pid(), [&] { return call(NB_SYS_read, pipe_.read, &byte, 1); });
  reader.wait_until_asleep();
  call(NB_SYS_close, pipe_.write);
  EXPECT_THAT(reader.result(), Returns(0));
}

TEST_F(PipeTest, SaysHowMuchItHolds) {
  write("seven b");
  int bytes = 0;
  EXPECT_THAT(call(NB_SYS_ioctl, pipe_.read, NB_FIONREAD, &bytes), Succeeds());
  EXPECT_EQ(bytes, 7);
  netbsd::stat stat{};
  EXPECT_THAT(call(NB_SYS_fstat50, pipe_.read, &stat), Succeeds());
  EXPECT_EQ(stat.st_mode & NB_S_IFMT, static_cast<unsigned>(NB_S_IFIFO));
  EXPECT_EQ(stat.st_size, 7);
}

TEST_F(PipeTest, Pipe2TakesFlags) {
  int fds[2] = {-1, -1};
  EXPECT_THAT(call(NB_SYS_pipe2, fds, NB_O_CLOEXEC | NB_O_NONBLOCK), Succeeds());
  EXPECT_THAT(call(NB_SYS_fcntl, fds[0], NB_F_GETFD), Returns(NB_FD_CLOEXEC));
  EXPECT_THAT(call(NB_SYS_fcntl, fds[1], NB_F_GETFL), Returns(NB_O_NONBLOCK | NB_O_WRONLY));
  EXPECT_THAT(call(NB_SYS_pipe2, fds, NB_O_CREAT), FailsWith(NB_EINVAL));
}

}  // namespace
}  // namespace farcall::testing
