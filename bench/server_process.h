// A server of the benchmark's own.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

namespace farcall::bench {

class ServerProcess {
 public:
  /// Starts `farcall serve` with `kernel` and waits until it is ready, at a unix socket in a
  /// directory of its own and at a tcp port of 127.0.0.1. Throws Failure.
  explicit ServerProcess(const std::string& kernel);
  /// SIGTERM, and waits for the end.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  [[nodiscard]] const std::string& local_url() const { return local_url_; }
  [[nodiscard]] const std::string& tcp_url() const { return tcp_url_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Nanoseconds from before fork to the server's announcement.
  [[nodiscard]] double boot_time() const { return boot_time_; }

 private:
  void wait_until_ready(int fd);
  void stop();

  std::string directory_;
  pid_t pid_ = -1;
  std::string local_url_;
  std::string tcp_url_;
  double boot_time_ = 0;
};

}  // namespace farcall::bench
