// The subcommands of farcall. Each adds itself to the command line; what it returns is the status
// to end with.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string_view>

namespace farcall::cli {

/// What --log-level and log-level take.
inline const CLI::IsMember kLogLevels{
    {"trace", "debug", "info", "warning", "error", "critical", "off"}};

/// What sysexits and shells agree on for our purposes.
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kNotStarted = 126;
inline constexpr int kNotFound = 127;

/// The function to call when the subcommand was given; after the command line was parsed.
using Command = std::function<int()>;

Command add_serve(CLI::App& app);
Command add_run(CLI::App& app);
Command add_syscalls(CLI::App& app);
Command add_bench(CLI::App& app);
Command add_dump_bus(CLI::App& app);
Command add_ps(CLI::App& app);
Command add_status(CLI::App& app);
Command add_interfaces(CLI::App& app);
Command add_halt(CLI::App& app);
Command add_disconnect(CLI::App& app);
Command add_log_level(CLI::App& app);

/// The whole of the program when it is called rump_server.
int rump_server_main(int argc, char** argv);

/// Parses and maps errors to one line on standard error. -1: go on; otherwise the status to end
/// with.
int parse(CLI::App& app, int argc, char** argv);

/// One line on standard error: "farcall: ...", or the name under which the program was started.
/// Returns `status`.
int fail(int status, std::string_view what);

}  // namespace farcall::cli
