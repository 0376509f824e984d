// Processes: fork, exec, spawn, and the ends of all of them.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "support.h"

extern "C" char** environ;

namespace farcall::conformance {
namespace {

/// The exit status of a child, -1 for another end.
int status_of(pid_t pid) {
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class Processes : public ::testing::Test {
 protected:
  std::string receive() {
    char buffer[256];
    const ssize_t count = recv(pair.server.get(), buffer, sizeof buffer, 0);
    return {buffer, count > 0 ? static_cast<std::size_t>(count) : 0};
  }

  Pair pair = connected(AF_INET);
};

TEST_F(Processes, ChildHasTheParentsSockets) {
  const pid_t pid = fork();
  if (pid == 0) _exit(write(pair.client.get(), "from the child", 14) == 14 ? 7 : 1);
  EXPECT_EQ(receive(), "from the child");
  EXPECT_EQ(status_of(pid), 7);
  send_all(pair.client.get(), "from the parent");
  EXPECT_EQ(receive(), "from the parent");
}

TEST_F(Processes, ChildsCloseIsItsOwn) {
  const pid_t pid = fork();
  if (pid == 0) {
    close(pair.client.get());
    close(pair.server.get());
    _exit(0);
  }
  EXPECT_EQ(status_of(pid), 0);
  send_all(pair.client.get(), "open");
  EXPECT_EQ(receive(), "open");
}

TEST_F(Processes, FlagsOfAFileAreShared) {
  const pid_t pid = fork();
  if (pid == 0) _exit(fcntl(pair.client.get(), F_SETFL, O_NONBLOCK) == 0 ? 0 : 1);
  EXPECT_EQ(status_of(pid), 0);
  EXPECT_NE(fcntl(pair.client.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(Processes, LastHoldersEndClosesTheConnection) {
  const pid_t pid = fork();
  ASSERT_NE(pid, -1) << "which kill takes for everybody";
  if (pid == 0) {
    pause();
    _exit(0);
  }
  pair.client.reset();
  pollfd entry{pair.server.get(), POLLIN, 0};
  EXPECT_EQ(poll(&entry, 1, 50), 0) << "the child still has it";
  kill(pid, SIGKILL);
  EXPECT_EQ(status_of(pid), -1);
  EXPECT_EQ(read_to_end(pair.server.get()), "");
}

TEST_F(Processes, ExecKeepsWhatIsNotCloexec) {
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(pair.client.get(), STDOUT_FILENO);
    execlp("echo", "echo", "from", "echo", nullptr);
    _exit(127);
  }
  EXPECT_EQ(status_of(pid), 0);
  EXPECT_EQ(receive(), "from echo\n");
}

TEST_F(Processes, ExecClosesWhatIsCloexec) {
  fcntl(pair.client.get(), F_SETFD, FD_CLOEXEC);
  const pid_t pid = fork();
  ASSERT_NE(pid, -1) << "which kill takes for everybody";
  if (pid == 0) {
    execlp("sleep", "sleep", "60", nullptr);
    _exit(127);
  }
  pair.client.reset();
  EXPECT_EQ(read_to_end(pair.server.get()), "") << "ends when the child has executed sleep";
  kill(pid, SIGTERM);
  EXPECT_EQ(status_of(pid), -1);
}

bool change_root(const char* directory) {
  if (chroot(directory) == -1 && (unshare(CLONE_NEWUSER) == -1 || chroot(directory) == -1)) {
    return false;
  }
  return chdir("/") == 0;
}

// As daemons do: into a directory where there is nothing, not even /proc.
TEST_F(Processes, SocketsAreMadeAfterChroot) {
  std::string empty = "/tmp/farcall-root.XXXXXX";
  ASSERT_NE(mkdtemp(empty.data()), nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    if (!change_root(empty.c_str())) _exit(77);
    const Pair own = connected(AF_INET);
    send_all(own.client.get(), "from nowhere");
    char data[32];
    const ssize_t size = recv(own.server.get(), data, sizeof data, 0);
    send_all(pair.client.get(), std::string(data, size > 0 ? static_cast<std::size_t>(size) : 0));
    _exit(0);
  }
  EXPECT_EQ(status_of(pid), 0) << "77: this user may not change the root directory";
  EXPECT_EQ(rmdir(empty.c_str()), 0);
  EXPECT_EQ(receive(), "from nowhere");
}

TEST_F(Processes, FailedExecChangesNothing) {
  fcntl(pair.client.get(), F_SETFD, FD_CLOEXEC);
  EXPECT_THAT(execl("/nonexistent/program", "program", nullptr), FailsWith(ENOENT));
  send_all(pair.client.get(), "as before");
  EXPECT_EQ(receive(), "as before");
}

TEST_F(Processes, VforkAndExec) {
  fcntl(pair.client.get(), F_SETFD, 0);
  dup2(pair.client.get(), 9);
  const pid_t pid = vfork();
  if (pid == 0) {
    execl("/bin/sh", "sh", "-c", "echo from vfork >&9", nullptr);
    _exit(127);
  }
  EXPECT_EQ(status_of(pid), 0);
  EXPECT_EQ(receive(), "from vfork\n");
  send_all(pair.client.get(), "parent");
  EXPECT_EQ(receive(), "parent");
  close(9);
}

TEST_F(Processes, PosixSpawnWithFileActions) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pair.client.get(), STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, pair.client.get());
  std::array<char*, 3> words{const_cast<char*>("echo"), const_cast<char*>("spawned"), nullptr};
  pid_t pid = 0;
  ASSERT_EQ(posix_spawnp(&pid, "echo", &actions, nullptr, words.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(status_of(pid), 0);
  EXPECT_EQ(receive(), "spawned\n");
}

TEST_F(Processes, PosixSpawnOfNothing) {
  std::array<char*, 2> words{const_cast<char*>("program"), nullptr};
  pid_t pid = 0;
  EXPECT_EQ(posix_spawn(&pid, "/nonexistent/program", nullptr, nullptr, words.data(), environ),
            ENOENT);
  send_all(pair.client.get(), "as before");
  EXPECT_EQ(receive(), "as before");
}

TEST_F(Processes, SystemAndPopen) {
  fcntl(pair.client.get(), F_SETFD, 0);
  dup2(pair.client.get(), 9);
  EXPECT_EQ(std::system("echo from system >&9"), 0);
  EXPECT_EQ(receive(), "from system\n");
  FILE* program = popen("cat >&9", "w");
  ASSERT_NE(program, nullptr);
  std::fputs("from popen\n", program);
  EXPECT_EQ(pclose(program), 0);
  EXPECT_EQ(receive(), "from popen\n");
  close(9);
}

TEST_F(Processes, GrandchildrenToo) {
  const pid_t pid = fork();
  if (pid == 0) {
    const pid_t inner = fork();
    if (inner == 0) _exit(write(pair.client.get(), "grandchild", 10) == 10 ? 0 : 1);
    _exit(status_of(inner));
  }
  EXPECT_EQ(status_of(pid), 0);
  EXPECT_EQ(receive(), "grandchild");
}

}  // namespace
}  // namespace farcall::conformance
