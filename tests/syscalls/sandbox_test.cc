// A program that confines itself by seccomp(2), and its sockets.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <initializer_list>
#include <vector>

#include "support.h"

namespace farcall::conformance {
namespace {

/// As a daemon's that has opened all that it needs: any other call ends the process.
std::vector<sock_filter> allowing(std::initializer_list<std::uint32_t> numbers) {
  std::vector<sock_filter> filter;
  filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (const std::uint32_t number : numbers) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  return filter;
}

const std::vector<sock_filter> kFilter =
    allowing({SYS_read, SYS_write, SYS_poll, SYS_recvfrom, SYS_sendto, SYS_socket, SYS_close,
              SYS_exit_group});

enum class Way { prctl, seccomp };

bool enter_sandbox(Way way, const std::vector<sock_filter>& filter) {
  sock_fprog program{static_cast<unsigned short>(filter.size()),
                     const_cast<sock_filter*>(filter.data())};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  return way == Way::prctl ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0
                           : syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

class Sandbox : public ::testing::TestWithParam<Way> {
 protected:
  Pair pair = connected(AF_INET);
};

// Answers in capitals, and says that it could make another socket.
[[noreturn]] void serve_confined(Way way, int fd) {
  if (!enter_sandbox(way, kFilter)) _exit(1);
  char data[16];
  pollfd entry{fd, POLLIN, 0};
  if (poll(&entry, 1, -1) != 1) _exit(2);
  const ssize_t size = read(fd, data, sizeof data);
  for (ssize_t i = 0; i < size; ++i) data[i] = static_cast<char>(data[i] - 'a' + 'A');
  if (write(fd, data, static_cast<std::size_t>(size)) != size) _exit(3);
  const int other = socket(AF_INET, SOCK_DGRAM, 0);
  if (other < 0 || close(other) != 0) _exit(4);
  _exit(0);
}

TEST_P(Sandbox, SocketsGoOnInside) {
  const pid_t pid = fork();
  if (pid == 0) serve_confined(GetParam(), pair.server.get());
  pair.server.reset();  // so that its end is seen here
  send_all(pair.client.get(), "quiet");
  char data[16];
  EXPECT_EQ(recv(pair.client.get(), data, 5, MSG_WAITALL), 5);
  EXPECT_EQ(std::string(data, 5), "QUIET");
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_P(Sandbox, OtherCallsEndTheProcess) {
  const pid_t pid = fork();
  if (pid == 0) {
    if (!enter_sandbox(GetParam(), kFilter)) _exit(1);
    _exit(syscall(SYS_getppid) > 0 ? 2 : 3);
  }
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << status;
}

TEST_P(Sandbox, BadFiltersAreRefused) {
  const pid_t pid = fork();
  if (pid == 0) {
    const bool empty = enter_sandbox(GetParam(), {});
    const int error = errno;
    _exit(!empty && error == EINVAL ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

INSTANTIATE_TEST_SUITE_P(Way, Sandbox, ::testing::Values(Way::prctl, Way::seccomp),
                         [](const auto& way) {
                           return way.param == Way::prctl ? "prctl" : "seccomp";
                         });

}  // namespace
}  // namespace farcall::conformance
