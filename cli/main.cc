// farcall: hosts kernels and runs programs on them. Under the name rump_server it is that program.
#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

#include "cli/command.h"

namespace farcall::cli {

int fail(int status, std::string_view what) {
  fmt::print(stderr, "{}: {}\n", program_invocation_short_name, what);
  return status;
}

int parse(CLI::App& app, int argc, char** argv) {
  const std::string help = " (see " + app.get_name() + " --help)";
  try {
    app.parse(argc, argv);
    return -1;
  } catch (const CLI::RequiredError& error) {
    // A word that was mistyped says more than what is missing for want of it.
    for (const auto& word : app.remaining(true)) {
      if (word != "--") return fail(kUsage, "there is no option or argument '" + word + "'" + help);
    }
    return fail(kUsage, error.what() + help);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return fail(kUsage, error.what() + help);
  }
}

namespace {

int farcall_main(int argc, char** argv) {
  CLI::App app("Runs a kernel as a process, and unmodified programs on it.", "farcall");
  app.set_version_flag("--version", "farcall " FARCALL_VERSION);
  app.require_subcommand(1);
  const std::map<std::string, Command> commands = {{"serve", add_serve(app)},
                                                   {"run", add_run(app)},
                                                   {"ps", add_ps(app)},
                                                   {"status", add_status(app)},
                                                   {"interfaces", add_interfaces(app)},
                                                   {"halt", add_halt(app)},
                                                   {"disconnect", add_disconnect(app)},
                                                   {"log-level", add_log_level(app)},
                                                   {"syscalls", add_syscalls(app)},
                                                   {"dump-bus", add_dump_bus(app)},
                                                   {"bench", add_bench(app)}};
  const std::string first = argc > 1 ? argv[1] : "";
  if (!first.starts_with('-') && !commands.contains(first)) {
    std::string names;
    for (const auto& [name, command] : commands) names += " " + name;
    const std::string what =
        first.empty() ? "a subcommand is missing" : "there is no subcommand '" + first + "'";
    return fail(kUsage, what + "; there are:" + names + " (see farcall --help)");
  }
  if (const int status = parse(app, argc, argv); status != -1) return status;
  return commands.at(app.get_subcommands().front()->get_name())();
}

}  // namespace
}  // namespace farcall::cli

int main(int argc, char** argv) {
  const bool compatible = std::filesystem::path(argv[0]).filename() == "rump_server";
  return compatible ? farcall::cli::rump_server_main(argc, argv)
                    : farcall::cli::farcall_main(argc, argv);
}
