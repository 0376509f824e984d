// The way of a command to a server's control plane.
#pragma once

#include <sys/types.h>

#include <CLI/CLI.hpp>
#include <string>
#include <variant>

#include "server/control/control_library.h"

namespace farcall::cli {

struct ControlOptions {
  std::string server;   ///< empty: as `farcall run` chooses
  std::string control;  ///< empty: beside that server's socket
};

/// --server and --control.
void add_control_options(CLI::App& command, ControlOptions& options);

/// A connection that nothing has been asked over.
class ControlClient {
 public:
  /// The complaint is a whole line.
  static std::variant<ControlClient, server::Complaint> connect(const ControlOptions& options);
  ~ControlClient();
  ControlClient(ControlClient&& from) noexcept;
  ControlClient& operator=(ControlClient&&) = delete;

  /// The server's process, 0 when this one cannot see it.
  [[nodiscard]] pid_t server_pid() const;
  /// Asks, once, and hangs up.
  server::AnswerOutcome ask(const server::ControlQuestion& question) &&;

 private:
  /// Takes over `fd`, a connected socket.
  ControlClient(std::string url, int fd) : url_(std::move(url)), fd_(fd) {}

  std::string url_;
  int fd_;
};

/// Connects, asks and prints. Returns the status for the command to end with, after one line on
/// standard error if that is not 0.
int ask(const ControlOptions& options, const server::ControlQuestion& question);

}  // namespace farcall::cli
