// poll, pollts, select and pselect on pipes.
#include "kernel_testing.h"

namespace farcall::testing {
namespace {

class PollTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    pipe_ = make_pipe();
  }
  void write_byte() { EXPECT_THAT(call(NB_SYS_write, pipe_.write, "x", 1), Returns(1)); }

  Pipe pipe_{};
};

constexpr short kIn = NB_POLLIN;
constexpr short kOut = NB_POLLOUT;

TEST_F(PollTest, ReportsWhatIsReadyNow) {
  netbsd::pollfd fds[] = {{pipe_.read, kIn, 0}, {pipe_.write, kOut, 0}};
  EXPECT_THAT(call(NB_SYS_poll, fds, 2, 0), Returns(1));
  EXPECT_EQ(fds[0].revents, 0);
  EXPECT_EQ(fds[1].revents, NB_POLLOUT);
  write_byte();
  EXPECT_THAT(call(NB_SYS_poll, fds, 2, -1), Returns(2));
  EXPECT_EQ(fds[0].revents, NB_POLLIN);
}

TEST_F(PollTest, NegativeDescriptorsAreLeftOutAndClosedOnesInvalid) {
  netbsd::pollfd fds[] = {{-1, kIn, 77}, {40, kIn, 0}};
  EXPECT_THAT(call(NB_SYS_poll, fds, 2, -1), Returns(1));
  EXPECT_EQ(fds[0].revents, 0);
  EXPECT_EQ(fds[1].revents, NB_POLLNVAL);
}

TEST_F(PollTest, HangupIsReportedUnasked) {
  call(NB_SYS_close, pipe_.write);
  netbsd::pollfd fd{pipe_.read, 0, 0};
  EXPECT_THAT(call(NB_SYS_poll, &fd, 1, -1), Returns(1));
  EXPECT_EQ(fd.revents, NB_POLLHUP);
}

TEST_F(PollTest, SleepsUntilAWrite) {
  netbsd::pollfd fds[] = {{pipe_.read, kIn, 0}};
  Caller poller(pid(), [&] { return call(NB_SYS_poll, fds, 1, -1); });
  poller.wait_until_asleep();
  write_byte();
  EXPECT_THAT(poller.result(), Returns(1));
  EXPECT_EQ(fds[0].revents, NB_POLLIN);
}

TEST_F(PollTest, SleepsUntilThereIsRoom) {
  call(NB_SYS_fcntl, pipe_.write, NB_F_SETFL, NB_O_NONBLOCK);
  std::string much(1 << 20, 'x');
  call(NB_SYS_write, pipe_.write, much.data(), much.size());
  netbsd::pollfd fd{pipe_.write, kOut, 0};
  Caller poller(pid(), [&] { return call(NB_SYS_poll, &fd, 1, -1); });
  poller.wait_until_asleep();
  call(NB_SYS_read, pipe_.read, much.data(), much.size());
  EXPECT_THAT(poller.result(), Returns(1));
}

TEST_F(PollTest, WakesWhenTheOtherEndCloses) {
  netbsd::pollfd fd{pipe_.read, kIn, 0};
  Caller poller(pid(), [&] { return call(NB_SYS_poll, &fd, 1, -1); });
  poller.wait_until_asleep();
  call(NB_SYS_close, pipe_.write);
  EXPECT_THAT(poller.result(), Returns(1));
  EXPECT_EQ(fd.revents, NB_POLLIN | NB_POLLHUP);
}

TEST_F(PollTest, EndsWhenWhatItWaitsForIsClosed) {
  netbsd::pollfd fd{pipe_.read, kIn, 0};
  Caller poller(pid(), [&] { return call(NB_SYS_poll, &fd, 1, -1); });
  poller.wait_until_asleep();
  call(NB_SYS_close, pipe_.read);
  EXPECT_THAT(poller.result(), Returns(1));
  EXPECT_EQ(fd.revents, NB_POLLNVAL);
}

TEST_F(PollTest, EndsAtItsDeadline) {
  netbsd::pollfd fd{pipe_.read, kIn, 0};
  EXPECT_THAT(call(NB_SYS_poll, &fd, 1, 5), Returns(0));
  netbsd::timespec wait{0, 5'000'000};
  EXPECT_THAT(call(NB_SYS_pollts50, &fd, 1, &wait, nullptr), Returns(0));
  EXPECT_THAT(call(NB_SYS_poll, nullptr, 0, 5), Returns(0));
}

TEST_F(PollTest, CanBeInterrupted) {
  netbsd::pollfd fd{pipe_.read, kIn, 0};
  Caller poller(pid(), [&] { return call(NB_SYS_poll, &fd, 1, -1); });
  poller.wait_until_asleep();
  poller.interrupt();
  EXPECT_THAT(poller.result(), FailsWith(NB_EINTR));
}

TEST_F(PollTest, RefusesMoreEntriesThanDescriptors) {
  EXPECT_THAT(call(NB_SYS_poll, nullptr, 0x7fffffff, 0), FailsWith(NB_EINVAL));
}

TEST_F(PollTest, SelectLeavesTheReadyOnes) {
  std::uint32_t in[2] = {1u << pipe_.read, 0}, out[2] = {1u << pipe_.write, 0};
  netbsd::timeval none{};
  EXPECT_THAT(call(NB_SYS_select50, 64, in, out, nullptr, &none), Returns(1));
  EXPECT_EQ(in[0], 0u);
  EXPECT_EQ(out[0], 1u << pipe_.write);
  write_byte();
  in[0] = 1u << pipe_.read;
  EXPECT_THAT(call(NB_SYS_select50, 64, in, out, nullptr, nullptr), Returns(2));
  EXPECT_EQ(in[0], 1u << pipe_.read);
}

TEST_F(PollTest, SelectReportsTheEndAsReadable) {
  call(NB_SYS_close, pipe_.write);
  std::uint32_t in = 1u << pipe_.read;
  EXPECT_THAT(call(NB_SYS_select50, 32, &in, nullptr, nullptr, nullptr), Returns(1));
}

TEST_F(PollTest, SelectRefusesClosedDescriptorsAndBadTimes) {
  std::uint32_t in = 1u << 30;
  EXPECT_THAT(call(NB_SYS_select50, 32, &in, nullptr, nullptr, nullptr), FailsWith(NB_EBADF));
  EXPECT_THAT(call(NB_SYS_select50, -1, &in, nullptr, nullptr, nullptr), FailsWith(NB_EINVAL));
  netbsd::timeval bad{};
  bad.tv_usec = 1'000'000;
  EXPECT_THAT(call(NB_SYS_select50, 0, nullptr, nullptr, nullptr, &bad), FailsWith(NB_EINVAL));
}

TEST_F(PollTest, PselectTakesATimespec) {
  std::uint32_t in = 1u << pipe_.read;
  netbsd::timespec wait{0, 1'000'000};
  EXPECT_THAT(call(NB_SYS_pselect50, 32, &in, nullptr, nullptr, &wait, nullptr), Returns(0));
  EXPECT_EQ(in, 0u);
}

}  // namespace
}  // namespace farcall::testing
