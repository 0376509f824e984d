#include "bench/process_usage.h"

#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "farcall/url.h"

namespace farcall::bench {
namespace {

std::filesystem::path of_process(pid_t pid, const char* name) {
  return std::filesystem::path("/proc") / std::to_string(pid) / name;
}

}  // namespace

double cpu_time_of(pid_t pid) {
  double total = 0;
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator(of_process(pid, "task"), error)) {
    double running = 0;
    std::ifstream(task.path() / "schedstat") >> running;
    total += running;
  }
  return total;
}

double resident_bytes_of(pid_t pid) {
  std::ifstream file(of_process(pid, "statm"));
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

pid_t server_behind(const std::string& url) {
  const auto parsed = parse_url(url);
  if (!parsed || parsed->family() != AF_UNIX) return -1;
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ucred peer{};
  socklen_t length = sizeof peer;
  const bool known = connect(fd, &parsed->any, parsed->length) == 0 &&
                     getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0;
  close(fd);
  return known ? peer.pid : -1;
}

}  // namespace farcall::bench
