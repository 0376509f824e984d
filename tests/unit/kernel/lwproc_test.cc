// Processes and lwps through the upcalls that a server uses: rfork's flags, lwpexit, execnotify,
// exit.
#include "farcall/hypercall.h"
#include "kernel_testing.h"

namespace farcall::testing {
namespace {

const rumpuser_hyperup& upcalls() { return *farcall_hypercall_upcalls(); }

/// The CPU and an lwp for a scope, as a server has them around its upcalls.
class Scheduled {
 public:
  Scheduled() { upcalls().hyp_schedule(); }
  ~Scheduled() { upcalls().hyp_unschedule(); }
  Scheduled(const Scheduled&) = delete;
  Scheduled& operator=(const Scheduled&) = delete;
};

class LwprocTest : public KernelTest {
 protected:
  void SetUp() override { ASSERT_EQ(rump_init(), 0); }

  static lwp* fork(int flags, const char* comm = nullptr) {
    Scheduled cpu;
    EXPECT_EQ(upcalls().hyp_lwproc_rfork(nullptr, flags, comm), 0);
    return upcalls().hyp_lwproc_curlwp();
  }
  static void switch_to(lwp* next) {
    Scheduled cpu;
    upcalls().hyp_lwproc_switch(next);
  }
  static void release() {
    Scheduled cpu;
    upcalls().hyp_lwproc_release();
  }
  static void end(lwp* which) {
    switch_to(which);
    release();
  }
};

TEST_F(LwprocTest, AThreadWithoutAnLwpHasOneOfProcessOneForTheCall) {
  EXPECT_EQ(rump_pub_lwproc_curlwp(), nullptr);
  EXPECT_EQ(pid(), 1);
  EXPECT_EQ(rump_pub_lwproc_curlwp(), nullptr);
}

TEST_F(LwprocTest, AGuestIsAChildOfProcessOneWithAConsole) {
  lwp* guest = fork(RUMP_RFCFDG, "guest");
  EXPECT_THAT(call(NB_SYS_getppid), Returns(1));
  EXPECT_THAT(call(NB_SYS_fcntl, 0, NB_F_MAXFD), Returns(2));
  EXPECT_EQ(rump_pub_lwproc_curlwp(), guest);
  release();
  EXPECT_EQ(rump_pub_lwproc_curlwp(), nullptr);
}

TEST_F(LwprocTest, RforkCopiesSharesOrClearsDescriptors) {
  lwp* parent = fork(RUMP_RFCFDG);
  Pipe pipe = make_pipe();
  lwp* copying = fork(RUMP_RFFDG);
  call(NB_SYS_close, pipe.read);
  switch_to(parent);
  EXPECT_THAT(call(NB_SYS_fcntl, pipe.read, NB_F_GETFD), Succeeds());
  lwp* sharing = fork(0);
  call(NB_SYS_close, pipe.read);
  switch_to(parent);
  EXPECT_THAT(call(NB_SYS_fcntl, pipe.read, NB_F_GETFD), FailsWith(NB_EBADF));
  lwp* clear = fork(RUMP_RFCFDG);
  EXPECT_THAT(call(NB_SYS_fcntl, 0, NB_F_MAXFD), Returns(-1));
  for (lwp* each : {copying, sharing, clear, parent}) end(each);
}

TEST_F(LwprocTest, BothFlagsAtOnceAreRefused) {
  Scheduled cpu;
  EXPECT_EQ(upcalls().hyp_lwproc_rfork(nullptr, RUMP_RFFDG | RUMP_RFCFDG, nullptr), NB_EINVAL);
  EXPECT_EQ(upcalls().hyp_lwproc_rfork(nullptr, 0x100, nullptr), NB_EINVAL);
}

TEST_F(LwprocTest, AnOpenFileIsSharedByForkAndEndsWithTheLast) {
  lwp* parent = fork(RUMP_RFCFDG);
  Pipe pipe = make_pipe();
  lwp* child = fork(RUMP_RFFDG);
  EXPECT_THAT(call(NB_SYS_write, pipe.write, "x", 1), Returns(1));
  switch_to(parent);
  call(NB_SYS_close, pipe.write);
  char byte = 0;
  EXPECT_THAT(call(NB_SYS_read, pipe.read, &byte, 1), Returns(1));
  end(child);
  switch_to(parent);
  EXPECT_THAT(call(NB_SYS_read, pipe.read, &byte, 1), Returns(0))
      << "the child's exit did not close";
  release();
}

TEST_F(LwprocTest, NewLwpsAreOfTheProcessAndEndWithoutIt) {
  lwp* first = fork(RUMP_RFCFDG);
  long process = pid();
  switch_to(nullptr);
  EXPECT_EQ(rump_pub_lwproc_curlwp(), nullptr);
  EXPECT_EQ(rump_pub_lwproc_newlwp(static_cast<pid_t>(process)), 0);
  EXPECT_NE(rump_pub_lwproc_curlwp(), first);
  EXPECT_EQ(pid(), process);
  release();
  switch_to(first);
  EXPECT_EQ(pid(), process);
  release();
  EXPECT_EQ(rump_pub_lwproc_newlwp(static_cast<pid_t>(process)), NB_ESRCH);
}

TEST_F(LwprocTest, ACallRunsOnASwitchedLwpWithinOneSchedule) {
  lwp* guest = fork(RUMP_RFCFDG);
  long process = pid();
  switch_to(nullptr);
  std::uint64_t slots[8] = {};
  long results[2] = {0, 0};
  {
    Scheduled cpu;
    upcalls().hyp_lwproc_switch(guest);
    EXPECT_EQ(upcalls().hyp_syscall(NB_SYS_getpid, slots, results), 0);
    EXPECT_EQ(upcalls().hyp_getpid(), process);
    upcalls().hyp_lwproc_switch(nullptr);
  }
  EXPECT_EQ(results[0], process);
  EXPECT_EQ(rump_pub_lwproc_curlwp(), nullptr);
  end(guest);
}

TEST_F(LwprocTest, LwpexitEndsEverySleepAndBarsNewLwps) {
  lwp* main = fork(RUMP_RFCFDG);
  Pipe pipe = make_pipe();
  char byte = 0;
  Caller one(pid(), [&] { return call(NB_SYS_read, pipe.read, &byte, 1); });
  Caller other(pid(), [&] { return call(NB_SYS_poll, nullptr, 0, -1); });
  one.wait_until_asleep();
  other.wait_until_asleep();
  long process = pid();
  {
    Scheduled cpu;
    upcalls().hyp_lwpexit();
  }
  EXPECT_THAT(one.result(), FailsWith(NB_EINTR));
  EXPECT_THAT(other.result(), FailsWith(NB_EINTR));
  switch_to(nullptr);
  EXPECT_EQ(rump_pub_lwproc_newlwp(static_cast<pid_t>(process)), NB_EBUSY);
  end(main);
}

TEST_F(LwprocTest, ExecClosesWhatIsMarkedAndLetsLwpsComeAgain) {
  lwp* main = fork(RUMP_RFCFDG, "before");
  Pipe pipe = make_pipe();
  call(NB_SYS_fcntl, pipe.read, NB_F_SETFD, NB_FD_CLOEXEC);
  long process = pid();
  {
    Scheduled cpu;
    upcalls().hyp_lwpexit();
    upcalls().hyp_execnotify("after");
  }
  EXPECT_THAT(call(NB_SYS_fcntl, pipe.read, NB_F_GETFD), FailsWith(NB_EBADF));
  EXPECT_THAT(call(NB_SYS_fcntl, pipe.write, NB_F_GETFD), Returns(0));
  switch_to(nullptr);
  EXPECT_EQ(rump_pub_lwproc_newlwp(static_cast<pid_t>(process)), 0);
  release();
  end(main);
}

TEST_F(LwprocTest, ChildrenOfTheGoneBelongToProcessOne) {
  lwp* parent = fork(RUMP_RFCFDG);
  lwp* child = fork(RUMP_RFFDG);
  EXPECT_NE(call(NB_SYS_getppid).value, 1);
  end(parent);
  switch_to(child);
  EXPECT_THAT(call(NB_SYS_getppid), Returns(1));
  release();
}

TEST_F(LwprocTest, PidsAreNotUsedAgainSoon) {
  lwp* one = fork(RUMP_RFCFDG);
  long first = pid();
  end(one);
  lwp* other = fork(RUMP_RFCFDG);
  EXPECT_NE(pid(), first);
  end(other);
}

TEST_F(LwprocTest, AnInterruptBeforeTheSleepCounts) {
  lwp* guest = fork(RUMP_RFCFDG);
  auto interrupt = reinterpret_cast<farcall_lwp_interrupt_fn>(upcalls().hyp__extra[0]);
  std::uint64_t slots[8] = {0, 0, static_cast<std::uint64_t>(-1)};
  long results[2] = {0, 0};
  Scheduled cpu;
  interrupt(guest);
  EXPECT_EQ(upcalls().hyp_syscall(NB_SYS_poll, slots, results), NB_EINTR);
  slots[2] = 1;
  EXPECT_EQ(upcalls().hyp_syscall(NB_SYS_poll, slots, results), 0)
      << "the interrupt outlived its call";
  upcalls().hyp_lwproc_release();
}

}  // namespace
}  // namespace farcall::testing
