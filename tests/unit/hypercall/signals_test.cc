// Signals to the process that contains the kernel.
#include <csignal>

#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

/// Blocks a signal in this thread, so that it can be fetched.
class Fetch {
 public:
  explicit Fetch(int sig) {
    sigemptyset(&set_);
    sigaddset(&set_, sig);
    pthread_sigmask(SIG_BLOCK, &set_, &old_);
  }
  ~Fetch() { pthread_sigmask(SIG_SETMASK, &old_, nullptr); }
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;

  int next() {
    int sig = 0;
    sigwait(&set_, &sig);
    return sig;
  }

 private:
  sigset_t set_;
  sigset_t old_;
};

TEST(Signals, NumbersAreNetbsds) {
  // The two systems swapped these.
  static_assert(NB_SIGUSR1 != SIGUSR1 && NB_SIGURG != SIGURG);
  for (const auto& [netbsd, host] :
       {std::pair{NB_SIGUSR1, SIGUSR1}, {NB_SIGURG, SIGURG}, {NB_SIGPIPE, SIGPIPE}}) {
    Fetch fetch(host);
    EXPECT_EQ(rumpuser_kill(RUMPUSER_PID_SELF, netbsd), 0);
    EXPECT_EQ(fetch.next(), host);
  }
}

TEST(Signals, ThoseThatTheHostLacksAreRefused) {
  EXPECT_EQ(rumpuser_kill(RUMPUSER_PID_SELF, NB_SIGINFO), NB_EINVAL);
  EXPECT_EQ(rumpuser_kill(1, 0), NB_EINVAL);
  EXPECT_EQ(rumpuser_kill(1, 1000), NB_EINVAL);
}

}  // namespace
}  // namespace farcall::test
