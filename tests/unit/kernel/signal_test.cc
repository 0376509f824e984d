// SIGPIPE, and memory that a client does not have: a client as the server gives it to the kernel.
#include <cstring>

#include "farcall/hypercall.h"
#include "kernel_testing.h"

namespace farcall::testing {
namespace {

/// Plays the server: the client's memory is this program's, but for one address that it does not
/// have.
struct FakeServer {
  static inline int raised;
  static inline const void* const kHole = reinterpret_cast<const void*>(0x1000);

  static int copyin(void*, const void* remote, void* local, std::size_t length) {
    if (remote == kHole) return NB_EFAULT;
    std::memcpy(local, remote, length);
    return 0;
  }
  static int copyout(void*, const void* local, void* remote, std::size_t length) {
    if (remote == kHole) return NB_EFAULT;
    std::memcpy(remote, local, length);
    return 0;
  }
  static int raise(void*, int signal) {
    raised = signal;
    return 0;
  }
};

class SignalTest : public KernelTest {
 protected:
  void SetUp() override {
    static const farcall_sysproxy_ops ops = {.init = nullptr,
                                             .copyin = FakeServer::copyin,
                                             .copyinstr = nullptr,
                                             .copyout = FakeServer::copyout,
                                             .copyoutstr = nullptr,
                                             .anonmmap = nullptr,
                                             .raise = FakeServer::raise,
                                             .fini = nullptr,
                                             .copyin_at_once = nullptr,
                                             .copyout_at_once = nullptr,
                                             .borrow = nullptr,
                                             .give_back = nullptr};
    farcall_hypercall_set_sysproxy(&ops);
    ASSERT_EQ(rump_init(), 0);
    const auto* upcalls = farcall_hypercall_upcalls();
    upcalls->hyp_schedule();
    EXPECT_EQ(upcalls->hyp_lwproc_rfork(this, RUMP_RFCFDG, "client"), 0);
    upcalls->hyp_unschedule();
    FakeServer::raised = 0;
  }
};

TEST_F(SignalTest, ABrokenPipeRaisesSigpipe) {
  Pipe pipe = make_pipe();
  call(NB_SYS_close, pipe.read);
  EXPECT_THAT(call(NB_SYS_write, pipe.write, "x", 1), FailsWith(NB_EPIPE));
  EXPECT_EQ(FakeServer::raised, NB_SIGPIPE);
}

TEST_F(SignalTest, UnlessTheFileSaysNot) {
  Pipe pipe = make_pipe();
  call(NB_SYS_close, pipe.read);
  call(NB_SYS_fcntl, pipe.write, NB_F_SETNOSIGPIPE, 1);
  EXPECT_THAT(call(NB_SYS_write, pipe.write, "x", 1), FailsWith(NB_EPIPE));
  EXPECT_EQ(FakeServer::raised, 0);
}

TEST_F(SignalTest, OrTheMessageDoes) {
  int fds[2];
  call(NB_SYS_socketpair, NB_AF_LOCAL, NB_SOCK_STREAM, 0, fds);
  call(NB_SYS_close, fds[1]);
  auto send = [&](int flags) { return call(NB_SYS_sendto, fds[0], "x", 1, flags, nullptr, 0); };
  EXPECT_THAT(send(NB_MSG_NOSIGNAL), FailsWith(NB_EPIPE));
  EXPECT_EQ(FakeServer::raised, 0);
  EXPECT_THAT(send(0), FailsWith(NB_EPIPE));
  EXPECT_EQ(FakeServer::raised, NB_SIGPIPE);
}

TEST_F(SignalTest, MemoryThatIsNotThereIsAFault) {
  Pipe pipe = make_pipe();
  EXPECT_THAT(call(NB_SYS_write, pipe.write, FakeServer::kHole, 4), FailsWith(NB_EFAULT));
  call(NB_SYS_write, pipe.write, "data", 4);
  EXPECT_THAT(call(NB_SYS_read, pipe.read, FakeServer::kHole, 4), FailsWith(NB_EFAULT));
  char buffer[4] = {};
  EXPECT_THAT(call(NB_SYS_read, pipe.read, buffer, 4), Returns(4)) << "the fault lost the data";
  EXPECT_THAT(call(NB_SYS_pipe2, FakeServer::kHole, 0), FailsWith(NB_EFAULT));
  EXPECT_THAT(call(NB_SYS_fcntl, 0, NB_F_MAXFD), Returns(pipe.write))
      << "the failed pipe2 left descriptors";
}

}  // namespace
}  // namespace farcall::testing
