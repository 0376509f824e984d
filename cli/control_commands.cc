// farcall ps, status, interfaces, disconnect, log-level, halt: what a running server is asked and
// told to do.
#include <fmt/core.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <variant>

#include "cli/command.h"
#include "cli/control_client.h"

namespace farcall::cli {
namespace {

using server::ControlQuestion;
using Kind = ControlQuestion::Kind;

/// Beyond what a server gives its calls.
constexpr std::chrono::seconds kPatience{30};

/// A process, so that its end can be waited for; an invalid one has ended or cannot be seen.
class ProcessHandle {
 public:
  explicit ProcessHandle(pid_t pid)
      : fd_(pid > 0 ? static_cast<int>(syscall(SYS_pidfd_open, pid, 0)) : -1) {}
  ~ProcessHandle() {
    if (fd_ != -1) close(fd_);
  }
  ProcessHandle(const ProcessHandle&) = delete;
  ProcessHandle& operator=(const ProcessHandle&) = delete;

  /// False: it still runs.
  [[nodiscard]] bool ends_within(std::chrono::milliseconds time) const {
    pollfd waiting{fd_, POLLIN, 0};
    return fd_ == -1 || poll(&waiting, 1, static_cast<int>(time.count())) == 1;
  }

 private:
  const int fd_;
};

int halt(const ControlOptions& options) {
  auto connected = ControlClient::connect(options);
  if (const auto* why = std::get_if<server::Complaint>(&connected)) return fail(kFailed, why->text);
  auto& client = std::get<ControlClient>(connected);
  const pid_t pid = client.server_pid();
  const ProcessHandle process(pid);
  const auto outcome = std::move(client).ask({.kind = Kind::halt});
  if (const auto* why = std::get_if<server::Complaint>(&outcome)) return fail(kFailed, why->text);
  // Without a connection now, which the server would wait for in turn.
  if (process.ends_within(std::get<server::ControlAnswer>(outcome).stop_time + kPatience)) return 0;
  return fail(kFailed, fmt::format("the server was told to halt, but process {} still runs", pid));
}

/// A command that shows something: a table to people, JSON to programs.
Command add_report(CLI::App& app, Kind kind, const char* name, const char* description,
                   const char* json) {
  struct Options {
    ControlOptions control;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(name, description);
  add_control_options(*command, options->control);
  command->add_flag("--json", options->json, std::string("for programs: ") + json);
  return [options, kind] { return ask(options->control, {.kind = kind, .json = options->json}); };
}

}  // namespace

Command add_ps(CLI::App& app) {
  return add_report(app, Kind::clients, "ps", "List the programs that use a server",
                    "an array of objects");
}

Command add_status(CLI::App& app) {
  return add_report(app, Kind::status, "status", "Show what a server is and has done",
                    "one object");
}

Command add_interfaces(CLI::App& app) {
  return add_report(app, Kind::interfaces, "interfaces",
                    "List the network interfaces of the kernel", "an array of objects");
}

Command add_halt(CLI::App& app) {
  auto options = std::make_shared<ControlOptions>();
  auto* command = app.add_subcommand("halt", "Stop a server, and wait until it has ended");
  add_control_options(*command, *options);
  return [options] { return halt(*options); };
}

Command add_disconnect(CLI::App& app) {
  auto options = std::make_shared<ControlOptions>();
  auto id = std::make_shared<std::uint64_t>(0);
  auto* command = app.add_subcommand("disconnect", "End the connection of a server's client");
  add_control_options(*command, *options);
  command->add_option("ID", *id, "the client, as farcall ps numbers it")
      ->required()
      ->check(CLI::PositiveNumber);
  return [options, id] { return ask(*options, {.kind = Kind::disconnect, .client = *id}); };
}

Command add_log_level(CLI::App& app) {
  auto options = std::make_shared<ControlOptions>();
  auto level = std::make_shared<std::string>();
  auto* command = app.add_subcommand("log-level", "Set what a running server logs");
  add_control_options(*command, *options);
  command->add_option("LEVEL", *level, "the least that is logged")->required()->check(kLogLevels);
  return [options, level] { return ask(*options, {.kind = Kind::log_level, .level = *level}); };
}

}  // namespace farcall::cli
