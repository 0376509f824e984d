// farcall run: starts a program with the shim before it.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/default_url.h"
#include "cli/probe.h"
#include "farcall/url.h"
#include "server/install_paths.h"
#include "server/kernel_libraries.h"
#include "shim/process/loader.h"

namespace farcall::cli {
namespace {

struct RunOptions {
  std::string server;
  bool local = false;
  server::KernelChoice kernel;
  std::string hijack;
  std::vector<std::string> program;
};

/// Programs change their directories; the server stays where it is.
std::string absolute_url(const std::string& url, const ServerUrl& parsed) {
  if (parsed.family() != AF_UNIX) return url;
  return "unix://" + std::filesystem::absolute(parsed.local.sun_path).string();
}

void set_environment(const std::string& url, const RunOptions& options,
                     const std::string& library) {
  setenv("RUMP_SERVER", url.c_str(), 1);
  if (!options.hijack.empty()) setenv("RUMPHIJACK", options.hijack.c_str(), 1);
  const char* before = std::getenv("LD_PRELOAD");
  const bool has_more = before != nullptr && *before != '\0';
  setenv("LD_PRELOAD", (has_more ? library + ":" + before : library).c_str(), 1);
}

/// The file that execvp(3) starts for `name`; `name` itself when there is none.
std::string program_file(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::istringstream directories(path != nullptr ? path : "/bin:/usr/bin");
  for (std::string directory; std::getline(directories, directory, ':');) {
    const auto file = std::filesystem::path(directory.empty() ? "." : directory) / name;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(file, ignored) && access(file.c_str(), X_OK) == 0) {
      return file.string();
    }
  }
  return name;
}

/// The words that start `program` so that the shim is loaded.
std::vector<std::string> words_for(const std::vector<std::string>& program) {
  const std::string file = program_file(program[0]);
  const auto loader = shim::process::loader_needed(file.c_str(), shim::process::GiveUp::all);
  if (!loader) return program;
  std::vector<std::string> words = {loader.name.data(), "--argv0", program[0], file};
  words.insert(words.end(), program.begin() + 1, program.end());
  return words;
}

int execute(const std::vector<std::string>& program) {
  const auto words = words_for(program);
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  const int error = errno;
  return fail(error == ENOENT ? kNotFound : kNotStarted,
              "cannot run '" + program[0] + "': " + std::strerror(error));
}

/// Becomes the program, with the shim before it. `server` is for its RUMP_SERVER.
int run_with_shim(const std::string& server, const RunOptions& options) {
  const auto library = server::find_library("libfarcall.so");
  if (!library) return fail(kNotStarted, "libfarcall.so is not installed beside this program");
  set_environment(server, options, library->string());
  return execute(options.program);
}

int run_on_server(const RunOptions& options) {
  const auto chosen = choose_url(options.server);
  if (const auto* why = std::get_if<server::Complaint>(&chosen)) {
    return fail(kNotStarted, why->text);
  }
  const auto& url = std::get<std::string>(chosen);
  const auto parsed = parse_url(url);
  if (!parsed) return fail(kNotStarted, "'" + url + "' is no URL of a server: " + kUrlForms);
  if (const auto why = why_no_server(*parsed)) {
    return fail(kNotStarted, "no server at " + url + ": " + *why + " (start one: farcall serve)");
  }
  return run_with_shim(absolute_url(url, *parsed), options);
}

int run_locally(const RunOptions& options) {
  // The hypercalls come first: NetBSD's libraries name them without saying where they are.
  const auto hypercalls = server::find_library("librumpuser.so.0");
  if (!hypercalls)
    return fail(kNotStarted, "librumpuser.so.0 is not installed beside this program");
  const auto kernel = server::kernel_libraries(options.kernel);
  if (const auto* why = std::get_if<server::Complaint>(&kernel)) return fail(kUsage, why->text);
  std::string url = "local://" + hypercalls->string();
  for (const auto& library : std::get<std::vector<server::KernelLibrary>>(kernel)) {
    url += ":" + library.path.string();
  }
  return run_with_shim(url, options);
}

int run(const RunOptions& options) {
  return options.local ? run_locally(options) : run_on_server(options);
}

}  // namespace

Command add_run(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  auto* command = app.add_subcommand("run", "Run a program on a kernel that 'farcall serve' hosts");
  command
      ->add_option("--server", options->server,
                   "where the server is (default: $RUMP_SERVER, else this user's own)")
      ->type_name("URL");
  command
      ->add_flag("--local", options->local,
                 "no server: a kernel of the program's own, in its process; it cannot fork")
      ->excludes("--server");
  auto& kernel = options->kernel;
  kernel.optional_components = server::usual_components();
  command->add_option("--kernel", kernel.name, "which kernel that is: builtin or netbsd")
      ->capture_default_str()
      ->needs("--local")
      ->type_name("NAME");
  command
      ->add_option("--component,-l", kernel.components,
                   "a component of NetBSD's kernel to load beside the usual ones; may be given "
                   "several times")
      ->needs("--local")
      ->allow_extra_args(false)
      ->type_name("SPEC");
  command
      ->add_option("--hijack", options->hijack,
                   "what of the program goes to the kernel, as rumphijack(3) has it in RUMPHIJACK, "
                   "for instance path=/rump,socket=all:nolocal")
      ->type_name("SPEC");
  command->add_option("PROGRAM", options->program, "the program, and its arguments after --")
      ->required()
      ->option_text("-- PROGRAM ARGS...");
  return [options] { return run(*options); };
}

}  // namespace farcall::cli
