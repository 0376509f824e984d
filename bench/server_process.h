// A server of the benchmark's own, and what /proc says of it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

namespace farcall::bench {

class ServerProcess {
 public:
  /// Starts `farcall serve` from beside this program and waits until it is ready. `url` may be tcp
  /// with port 0.
  /// On `cpu` alone when it is not negative.
  explicit ServerProcess(const std::string& url, int cpu = -1);
  /// SIGTERM, and waits for the end.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// As the server announced it.
  [[nodiscard]] const std::string& url() const { return url_; }
  /// From before fork to the server's announcement.
  [[nodiscard]] std::chrono::nanoseconds boot_time() const { return boot_time_; }
  [[nodiscard]] std::size_t resident_bytes() const;
  /// Processor time of all its threads.
  [[nodiscard]] std::chrono::nanoseconds cpu_time() const;
  [[nodiscard]] std::size_t thread_count() const;

 private:
  void wait_until_ready(int fd);

  pid_t pid_ = -1;
  std::string url_;
  std::chrono::nanoseconds boot_time_{};
};

}  // namespace farcall::bench
