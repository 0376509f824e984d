#include <fcntl.h>
#include <pty.h>
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utmp.h>

#include <array>
#include <cstdarg>

#include "catch.h"
#include "shim/calls/calls.h"
#include "shim/host/host.h"
#include "shim/host/small_array.h"
#include "shim/process/exec.h"
#include "shim/process/fork.h"
#include "shim/process/sandbox.h"
#include "shim/process/spawn.h"

using namespace farcall::shim;

FARCALL_CATCH pid_t fork() noexcept { return int_ret(process::fork()); }
FARCALL_ALIAS(__fork, fork);
FARCALL_ALIAS(__libc_fork, fork);
// The child of vfork(2) may do no more than a child of fork(2), and a caller cannot tell them
// apart.
FARCALL_ALIAS(vfork, fork);
FARCALL_ALIAS(__vfork, fork);

FARCALL_CATCH pid_t _Fork() noexcept { return int_ret(process::fork_alone()); }

FARCALL_CATCH int clone(int (*function)(void*), void* stack, int flags, void* argument,
                        ...) noexcept {
  va_list arguments;
  va_start(arguments, argument);
  process::CloneCall call{function, stack, flags, argument, nullptr, nullptr, nullptr};
  call.parent_tid = va_arg(arguments, pid_t*);
  call.tls = va_arg(arguments, void*);
  call.child_tid = va_arg(arguments, pid_t*);
  va_end(arguments);
  return int_ret(process::clone(call));
}
FARCALL_ALIAS(__clone, clone);

FARCALL_CATCH int prctl(int option, ...) noexcept {
  std::array<long, 4> rest;
  va_list arguments;
  va_start(arguments, option);
  for (long& word : rest) word = va_arg(arguments, long);
  va_end(arguments);
  return int_ret(sandbox::prctl(option, rest[0], rest[1], rest[2], rest[3]));
}

FARCALL_CATCH int execve(const char* path, char* const argv[], char* const environment[]) noexcept {
  return int_ret(process::exec(AT_FDCWD, path, argv, environment, 0));
}

FARCALL_CATCH int execveat(int directory, const char* path, char* const argv[],
                           char* const environment[], int flags) noexcept {
  return int_ret(process::exec(directory, path, argv, environment, flags));
}

FARCALL_CATCH int fexecve(int fd, char* const argv[], char* const environment[]) noexcept {
  return int_ret(process::exec(fd, "", argv, environment, AT_EMPTY_PATH));
}

FARCALL_CATCH int execv(const char* path, char* const argv[]) noexcept {
  return execve(path, argv, environ);
}

FARCALL_CATCH int execvpe(const char* file, char* const argv[],
                          char* const environment[]) noexcept {
  return int_ret(process::exec_in_path(file, argv, environment));
}

FARCALL_CATCH int execvp(const char* file, char* const argv[]) noexcept {
  return execvpe(file, argv, environ);
}

FARCALL_CATCH void _exit(int status) { calls::exit_group(status); }
FARCALL_ALIAS(_Exit, _exit);

namespace {

/// The arguments of an execl function, from its first on, as an array; `list` is left behind their
/// NULL.
class ArgumentList {
 public:
  ArgumentList(const char* first, va_list list) : entries_(count(list)) {
    if (!ok()) return;
    entries_.push_back(const_cast<char*>(first));
    while (entries_.size() == 1 || entries_[entries_.size() - 1] != nullptr) {
      entries_.push_back(first != nullptr ? va_arg(list, char*) : nullptr);
    }
  }
  [[nodiscard]] bool ok() const { return entries_.ok(); }
  char** data() { return entries_.data(); }

 private:
  static size_t count(va_list list) {
    va_list copy;
    va_copy(copy, list);
    size_t entries = 2;
    while (va_arg(copy, char*) != nullptr) ++entries;
    va_end(copy);
    return entries;
  }

  SmallArray<char*, 64> entries_;
};

}  // namespace

FARCALL_CATCH int execl(const char* path, const char* first, ...) noexcept {
  va_list list;
  va_start(list, first);
  ArgumentList arguments(first, list);
  va_end(list);
  return arguments.ok() ? execve(path, arguments.data(), environ) : int_ret(-ENOMEM);
}

FARCALL_CATCH int execlp(const char* file, const char* first, ...) noexcept {
  va_list list;
  va_start(list, first);
  ArgumentList arguments(first, list);
  va_end(list);
  return arguments.ok() ? execvpe(file, arguments.data(), environ) : int_ret(-ENOMEM);
}

FARCALL_CATCH int execle(const char* path, const char* first, ...) noexcept {
  va_list list;
  va_start(list, first);
  ArgumentList arguments(first, list);
  char* const* environment = va_arg(list, char* const*);
  va_end(list);
  return arguments.ok() ? execve(path, arguments.data(), environment) : int_ret(-ENOMEM);
}

FARCALL_CATCH int posix_spawn(pid_t* pid, const char* path,
                              const posix_spawn_file_actions_t* actions,
                              const posix_spawnattr_t* attributes, char* const argv[],
                              char* const environment[]) {
  return process::spawn({pid, path, actions, attributes, argv, environment, false});
}

FARCALL_CATCH int posix_spawnp(pid_t* pid, const char* file,
                               const posix_spawn_file_actions_t* actions,
                               const posix_spawnattr_t* attributes, char* const argv[],
                               char* const environment[]) {
  return process::spawn({pid, file, actions, attributes, argv, environment, true});
}

FARCALL_CATCH int system(const char* command) { return process::system(command); }
FARCALL_ALIAS(__libc_system, system);

FARCALL_CATCH FILE* popen(const char* command, const char* mode) {
  return process::popen(command, mode);
}

FARCALL_CATCH int pclose(FILE* stream) { return process::pclose(stream); }

namespace {

/// `fd` as standard input, output and error, and no longer under its own number.
void make_standard(int fd) {
  for (int standard = 0; standard <= 2; ++standard) {
    if (fd != standard) calls::dup2(fd, standard);
  }
  if (fd > 2) calls::close(fd);
}

}  // namespace

FARCALL_CATCH int daemon(int keep_directory, int keep_streams) noexcept {
  const pid_t pid = fork();
  if (pid < 0) return -1;
  if (pid > 0) host::exit(0);
  if (setsid() < 0) return -1;
  if (keep_directory == 0) static_cast<void>(!chdir("/"));
  if (keep_streams != 0) return 0;
  const long null = host::openat(AT_FDCWD, "/dev/null", O_RDWR, 0);
  if (is_error(null)) return int_ret(null);
  make_standard(static_cast<int>(null));
  return 0;
}

FARCALL_CATCH int login_tty(int fd) noexcept {
  setsid();
  const long controlling = host::ioctl(fd, TIOCSCTTY, nullptr);
  if (is_error(controlling)) return int_ret(controlling);
  make_standard(fd);
  return 0;
}

FARCALL_CATCH pid_t forkpty(int* master, char* name, const termios* attributes,
                            const winsize* size) noexcept {
  int ours = -1;
  int theirs = -1;
  if (openpty(&ours, &theirs, name, attributes, size) != 0) return -1;
  const pid_t pid = fork();
  if (pid == 0) {
    host::close(ours);
    if (login_tty(theirs) != 0) host::exit(1);
    return 0;
  }
  host::close(theirs);
  if (pid < 0) {
    host::close(ours);
  } else {
    *master = ours;
  }
  return pid;
}
