#include "exec.h"

#include <limits.h>
#include <paths.h>
#include <stdlib.h>

#include <array>
#include <cstring>
#include <span>
#include <string_view>

#include "environment.h"
#include "farcall/client.h"
#include "lasting_environment.h"
#include "loader.h"
#include "shim/calls/paths.h"
#include "shim/calls/working_directory.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/mappings/shared_mappings.h"
#include "start.h"

namespace farcall::shim::process {

namespace {

std::size_t count_arguments(char* const argv[]) {
  std::size_t count = 0;
  while (argv != nullptr && argv[count] != nullptr) ++count;
  return count;
}

char* directory_entry() { return calls::working_directory::environment_entry(); }

/// The connection made ready for the next program, while this lives; an exec that succeeds ends all
/// lives.
class ExecScope {
 public:
  explicit ExecScope(char* const environment[])
      : stays_(hijack_spec_if_started() != nullptr && !leaves_kernel(environment)),
        prepared_(stays_ && farcall_exec_prepare(entry_.data(), entry_.size()) == 0),
        environment_(
            environment, stays_ ? lasting_environment() : std::span<char* const>{},
            {prepared_ ? entry_.data() : nullptr, prepared_ ? directory_entry() : nullptr}) {}
  ~ExecScope() {
    if (prepared_) farcall_exec_failed();
  }
  ExecScope(const ExecScope&) = delete;
  ExecScope& operator=(const ExecScope&) = delete;

  long run(int directory, const char* path, char* const argv[], int flags) {
    if (!environment_.ok()) return -ENOMEM;
    // The host runs programs, and has no way to these.
    if (calls::place_at(directory, path).is_kernel()) return -EACCES;
    if (directory == AT_FDCWD && flags == 0) return run_path(path, argv);
    return host::raw(SYS_execveat, directory, path, argv, environment_.data(), flags);
  }

 private:
  long run_path(const char* path, char* const argv[]) {
    if (!prepared_) return host::raw(SYS_execve, path, argv, environment_.data());
    LoaderPath loader = loader_needed(path, GiveUp::network);
    if (!loader) return host::raw(SYS_execve, path, argv, environment_.data());
    const std::size_t count = count_arguments(argv);
    SmallArray<char*> arguments(count + 5);
    if (!arguments.ok()) return -ENOMEM;
    char option[] = "--argv0";
    arguments.push_back(loader.name.data());
    arguments.push_back(option);
    arguments.push_back(count != 0 ? argv[0] : const_cast<char*>(path));
    arguments.push_back(const_cast<char*>(path));
    for (std::size_t i = 1; i < count; ++i) arguments.push_back(argv[i]);
    arguments.push_back(nullptr);
    return host::raw(SYS_execve, loader.name.data(), arguments.data(), environment_.data());
  }

  std::array<char, kEntrySize> entry_{};
  bool stays_;
  bool prepared_;
  ExtendedEnvironment environment_;
};

/// A script without a `#!` line, as execvp(3) runs it.
long run_by_shell(ExecScope& scope, const char* path, char* const argv[]) {
  const std::size_t count = count_arguments(argv);
  SmallArray<char*> shell_argv(count + 3);
  if (!shell_argv.ok()) return -ENOMEM;
  shell_argv.push_back(const_cast<char*>(_PATH_BSHELL));
  shell_argv.push_back(const_cast<char*>(path));
  for (std::size_t i = 1; i < count; ++i) shell_argv.push_back(argv[i]);
  shell_argv.push_back(nullptr);
  return scope.run(AT_FDCWD, _PATH_BSHELL, shell_argv.data(), 0);
}

long run_or_interpret(ExecScope& scope, const char* path, char* const argv[]) {
  const long result = scope.run(AT_FDCWD, path, argv, 0);
  return result == -ENOEXEC ? run_by_shell(scope, path, argv) : result;
}

/// Errors after which execvp(3) tries the next directory.
bool looks_further(long error) {
  switch (-error) {
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case ESTALE:
    case ENODEV:
    case ETIMEDOUT:
      return true;
    default:
      return false;
  }
}

/// "directory/file" as a C string; false when it is too long.
bool join(std::string_view directory, std::string_view file, std::array<char, PATH_MAX>& path) {
  if (directory.size() + file.size() + 2 > path.size()) return false;
  char* end = path.data() + directory.copy(path.data(), directory.size());
  if (!directory.empty()) *end++ = '/';
  end += file.copy(end, file.size());
  *end = '\0';
  return true;
}

long search(ExecScope& scope, std::string_view directories, const char* file, char* const argv[]) {
  std::array<char, PATH_MAX> path;
  long result = -ENOENT;
  for (;;) {
    const std::size_t colon = directories.find(':');
    if (join(directories.substr(0, colon), file, path)) {
      const long error = run_or_interpret(scope, path.data(), argv);
      if (!looks_further(error)) return error;
      if (result != -EACCES) result = error == -EACCES ? error : -ENOENT;
    }
    if (colon == std::string_view::npos) return result;
    directories.remove_prefix(colon + 1);
  }
}

}  // namespace

long exec(int directory, const char* path, char* const argv[], char* const environment[],
          int flags) {
  const ErrnoKeeper keeper;
  mappings::write_back_all();
  ExecScope scope(environment);
  return scope.run(directory, path, argv, flags);
}

long exec_in_path(const char* file, char* const argv[], char* const environment[]) {
  const ErrnoKeeper keeper;
  if (file == nullptr) return -EFAULT;
  if (*file == '\0') return -ENOENT;
  mappings::write_back_all();
  ExecScope scope(environment);
  if (std::strchr(file, '/') != nullptr) return run_or_interpret(scope, file, argv);
  const char* path = getenv("PATH");
  return search(scope, path != nullptr ? path : "/bin:/usr/bin", file, argv);
}

}  // namespace farcall::shim::process
