#include "bench/server_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "bench/check.h"
#include "bench/placement.h"

namespace farcall::bench {
namespace {

std::filesystem::path of_process(pid_t pid, const char* name) {
  return std::filesystem::path("/proc") / std::to_string(pid) / name;
}

[[noreturn]] void become_server(const std::string& url, int ready_fd, int cpu) {
  if (cpu >= 0) stay_on(cpu);
  const std::string program =
      std::filesystem::read_symlink("/proc/self/exe").replace_filename("farcall");
  const std::string fd = std::to_string(ready_fd);
  execl(program.c_str(), "farcall", "serve", "--foreground", "--insecure", "--log-level", "error",
        "--listen", url.c_str(), "--ready-fd", fd.c_str(), nullptr);
  _exit(127);
}

}  // namespace

ServerProcess::ServerProcess(const std::string& url, int cpu) {
  std::array<int, 2> ends{};
  check(pipe(ends.data()) == 0, "pipe");
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  const auto start = std::chrono::steady_clock::now();
  pid_ = fork();
  check(pid_ >= 0, "fork");
  if (pid_ == 0) become_server(url, ends[1], cpu);
  close(ends[1]);
  wait_until_ready(ends[0]);
  boot_time_ = std::chrono::steady_clock::now() - start;
}

void ServerProcess::wait_until_ready(int fd) {
  char byte = 0;
  while (read(fd, &byte, 1) == 1 && byte != '\n') url_ += byte;
  close(fd);
  if (byte != '\n') give_up("farcall serve did not start", ECHILD);
}

ServerProcess::~ServerProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

std::size_t ServerProcess::resident_bytes() const {
  std::ifstream file(of_process(pid_, "statm"));
  std::size_t size = 0;
  std::size_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::chrono::nanoseconds ServerProcess::cpu_time() const {
  std::chrono::nanoseconds total{};
  for (const auto& task : std::filesystem::directory_iterator(of_process(pid_, "task"))) {
    std::ifstream file(task.path() / "schedstat");
    std::int64_t running = 0;
    file >> running;
    total += std::chrono::nanoseconds(running);
  }
  return total;
}

std::size_t ServerProcess::thread_count() const {
  const std::filesystem::directory_iterator tasks(of_process(pid_, "task"));
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

}  // namespace farcall::bench
