// farcall halt, disconnect, log-level: what a server is told to do.
#include <fmt/core.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <optional>

#include "cli/command.h"
#include "cli/control_client.h"

namespace farcall::cli {
namespace {

using control::v1::DisconnectRequest;
using control::v1::DisconnectResponse;
using control::v1::HaltResponse;
using control::v1::SetLogLevelRequest;
using control::v1::SetLogLevelResponse;

/// Beyond what a server gives its calls.
constexpr int kPatienceMilliseconds = 30'000;

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
  [[nodiscard]] bool ends_within(int milliseconds) const {
    pollfd waiting{fd_, POLLIN, 0};
    return fd_ == -1 || poll(&waiting, 1, milliseconds) == 1;
  }

 private:
  const int fd_;
};

int halt(const ControlOptions& options) {
  std::optional<ProcessHandle> process;
  pid_t pid = 0;
  HaltResponse answer;
  const auto call = [&](const ControlClient& client, grpc::ClientContext& context) {
    pid = client.server_pid();
    process.emplace(pid);
    return client.calls().Halt(&context, {}, &answer);
  };
  if (const int status = ask(options, call)) return status;
  // Without a connection now, which the server would wait for in turn.
  const int patience = static_cast<int>(answer.stop_milliseconds()) + kPatienceMilliseconds;
  if (process->ends_within(patience)) return 0;
  return fail(kFailed, fmt::format("the server was told to halt, but process {} still runs", pid));
}

int disconnect(const ControlOptions& options, std::uint64_t id) {
  return ask(options, [&](const ControlClient& client, grpc::ClientContext& context) {
    DisconnectRequest request;
    request.set_id(id);
    DisconnectResponse answer;
    return client.calls().Disconnect(&context, request, &answer);
  });
}

int set_log_level(const ControlOptions& options, const std::string& level) {
  return ask(options, [&](const ControlClient& client, grpc::ClientContext& context) {
    SetLogLevelRequest request;
    request.set_level(level);
    SetLogLevelResponse answer;
    return client.calls().SetLogLevel(&context, request, &answer);
  });
}

}  // namespace

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
  return [options, id] { return disconnect(*options, *id); };
}

Command add_log_level(CLI::App& app) {
  auto options = std::make_shared<ControlOptions>();
  auto level = std::make_shared<std::string>();
  auto* command = app.add_subcommand("log-level", "Set what a running server logs");
  add_control_options(*command, *options);
  command->add_option("LEVEL", *level, "the least that is logged")->required()->check(kLogLevels);
  return [options, level] { return set_log_level(*options, *level); };
}

}  // namespace farcall::cli
