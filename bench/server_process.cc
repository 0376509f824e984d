#include "bench/server_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "bench/failure.h"

namespace farcall::bench {
namespace {

std::string make_directory() {
  std::string path = std::filesystem::temp_directory_path() / "farcall-bench-XXXXXX";
  require(mkdtemp(path.data()) != nullptr, "mkdtemp");
  return path;
}

[[noreturn]] void become_server(const std::string& kernel, const std::string& url, int ready_fd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  const std::string fd = std::to_string(ready_fd);
  execl(program.c_str(), "farcall", "serve", "--foreground", "--insecure", "--log-level", "error",
        "--kernel", kernel.c_str(), "--listen", url.c_str(), "--listen", "tcp://127.0.0.1:0/",
        "--ready-fd", fd.c_str(), nullptr);
  _exit(127);
}

}  // namespace

ServerProcess::ServerProcess(const std::string& kernel) : directory_(make_directory()) {
  std::array<int, 2> ends{};
  require(pipe2(ends.data(), O_CLOEXEC) == 0, "pipe");
  const auto start = std::chrono::steady_clock::now();
  pid_ = fork();
  require(pid_ >= 0, "fork");
  if (pid_ == 0) {
    fcntl(ends[1], F_SETFD, 0);
    become_server(kernel, "unix://" + directory_ + "/kernel.sock", ends[1]);
  }
  close(ends[1]);
  wait_until_ready(ends[0]);
  boot_time_ =
      std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
}

void ServerProcess::wait_until_ready(int fd) {
  std::string lines;
  char byte = 0;
  while (read(fd, &byte, 1) == 1) lines += byte;
  close(fd);
  const auto end = lines.find('\n');
  if (end == std::string::npos) {
    stop();
    throw Failure("farcall serve did not start");
  }
  local_url_ = lines.substr(0, end);
  tcp_url_ = lines.substr(end + 1, lines.size() - end - 2);
}

void ServerProcess::stop() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  std::filesystem::remove_all(directory_);
}

ServerProcess::~ServerProcess() { stop(); }

}  // namespace farcall::bench
