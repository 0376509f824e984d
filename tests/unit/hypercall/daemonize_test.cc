// Daemonizing: what the process that was started tells of the daemon.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>

#include "fake_kernel.h"
#include "netbsd/constants.h"

namespace farcall::test {
namespace {

/// A program that daemonizes and then does `body`, in a process of its own.
class Program {
 public:
  explicit Program(const std::function<void()>& body) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDERR_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      if (rumpuser_daemonize_begin() != 0) ::_exit(100);
      body();
      ::_exit(0);
    }
    ::close(ends[1]);
    messages_ = ends[0];
  }
  ~Program() { ::close(messages_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] bool has_ended() { return ::waitpid(pid_, &status_, WNOHANG) == pid_; }
  int exit_status() {
    EXPECT_EQ(::waitpid(pid_, &status_, 0), pid_);
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
  }
  /// What it and the daemon said; waits until neither can say more.
  std::string message() {
    std::string all;
    char buffer[256];
    for (ssize_t got = 0; (got = ::read(messages_, buffer, sizeof buffer)) > 0;) {
      all.append(buffer, static_cast<size_t>(got));
    }
    return all;
  }

 private:
  pid_t pid_ = -1;
  int messages_ = -1;
  int status_ = 0;
};

TEST(Daemonize, EndsWithSuccessWhenTheDaemonIsReady) {
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  Program program([&] {
    char c = 0;
    if (::read(gate[0], &c, 1) == 1) rumpuser_daemonize_done(0);
  });
  EXPECT_FALSE(program.has_ended()) << "the daemon was not ready yet";
  ASSERT_EQ(::write(gate[1], "x", 1), 1);
  EXPECT_EQ(program.exit_status(), 0);
  EXPECT_EQ(program.message(), "");
  ::close(gate[0]);
  ::close(gate[1]);
}

TEST(Daemonize, TellsTheErrorThatTheDaemonReports) {
  Program program([] { rumpuser_daemonize_done(NB_EADDRINUSE); });
  EXPECT_EQ(program.exit_status(), 1);
  EXPECT_EQ(program.message(), "starting the daemon: Address already in use\n");
}

TEST(Daemonize, EndsAsADaemonThatGivesUp) {
  Program program([] {
    rumpuser_dprintf("my own reason\n");
    ::_exit(3);
  });
  EXPECT_EQ(program.exit_status(), 3);
  EXPECT_EQ(program.message(), "my own reason\n");
}

TEST(Daemonize, DaemonThatEndsWithoutBeingReadyIsNoSuccess) {
  Program program([] { ::_exit(0); });
  EXPECT_EQ(program.exit_status(), 1);
  EXPECT_EQ(program.message(), "the daemon ended before it was ready\n");
}

TEST(Daemonize, TellsOfADaemonThatIsKilledEarly) {
  Program program([] { ::raise(SIGKILL); });
  EXPECT_EQ(program.exit_status(), 1);
  EXPECT_EQ(program.message(), "the daemon was killed by signal 9 (Killed) before it was ready\n");
}

TEST(Daemonize, DaemonLeadsASessionAndHoldsNoTerminal) {
  int answer[2];
  ASSERT_EQ(::pipe(answer), 0);
  Program program([&] {
    rumpuser_daemonize_done(0);
    const bool right = ::getsid(0) == ::getpid() && !::isatty(STDERR_FILENO) &&
                       ::write(STDERR_FILENO, "lost", 4) == 4;
    if (::write(answer[1], right ? "y" : "n", 1) != 1) ::_exit(1);
  });
  char said = 0;
  EXPECT_EQ(::read(answer[0], &said, 1), 1);
  EXPECT_EQ(said, 'y');
  EXPECT_EQ(program.exit_status(), 0);
  EXPECT_EQ(program.message(), "");
  ::close(answer[0]);
  ::close(answer[1]);
}

TEST(Daemonize, BeginsOnceAndEndsOnce) {
  Program program([] {
    if (rumpuser_daemonize_begin() != NB_EINPROGRESS) ::_exit(1);
    if (rumpuser_daemonize_done(0) != 0) ::_exit(2);
  });
  EXPECT_EQ(program.exit_status(), 0);
  EXPECT_EQ(rumpuser_daemonize_done(0), NB_ENOENT);
}

}  // namespace
}  // namespace farcall::test
