// system(3), popen(3) and pclose(3): libc's own start their shell by a way that nobody else sees.
#include <paths.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "spawn.h"

namespace farcall::shim::process {

namespace {

constexpr int kCannotRun = 127 << 8;  // the status of a shell that could not be started

class MutexLock {
 public:
  explicit MutexLock(pthread_mutex_t& mutex) : mutex_(mutex) { pthread_mutex_lock(&mutex_); }
  ~MutexLock() { pthread_mutex_unlock(&mutex_); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  pthread_mutex_t& mutex_;
};

int spawn_shell(const char* command, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, pid_t& pid) {
  char* const argv[] = {const_cast<char*>("sh"), const_cast<char*>("-c"),
                        const_cast<char*>(command), nullptr};
  return spawn({&pid, _PATH_BSHELL, actions, attributes, argv, environ, false});
}

int wait_for(pid_t pid) {
  int status = 0;
  while (host::libc().waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return status;
}

/// SIGINT and SIGQUIT ignored while any thread is in system(3), and what they did before.
struct IgnoredSignals {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  int users = 0;
  struct sigaction interrupt {};
  struct sigaction quit {};

  void ignore() {
    const MutexLock lock(mutex);
    if (users++ != 0) return;
    struct sigaction ignoring {};
    ignoring.sa_handler = SIG_IGN;
    sigaction(SIGINT, &ignoring, &interrupt);
    sigaction(SIGQUIT, &ignoring, &quit);
  }
  void restore() {
    const MutexLock lock(mutex);
    if (--users != 0) return;
    sigaction(SIGINT, &interrupt, nullptr);
    sigaction(SIGQUIT, &quit, nullptr);
  }
};
IgnoredSignals ignored_signals;

void describe_child(posix_spawnattr_t& attributes, const sigset_t& mask) {
  sigset_t defaults;
  sigemptyset(&defaults);
  if (ignored_signals.interrupt.sa_handler != SIG_IGN) sigaddset(&defaults, SIGINT);
  if (ignored_signals.quit.sa_handler != SIG_IGN) sigaddset(&defaults, SIGQUIT);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &mask);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

/// A stream of popen(3) and its shell.
struct PipeStream {
  FILE* stream;
  pid_t pid;
  PipeStream* next;
};
pthread_mutex_t pipe_streams_mutex = PTHREAD_MUTEX_INITIALIZER;
PipeStream* pipe_streams = nullptr;

struct PopenMode {
  bool reads = false;
  bool close_on_exec = false;
};

bool parse_mode(const char* mode, PopenMode& parsed) {
  bool writes = false;
  for (; *mode != '\0'; ++mode) {
    if (*mode == 'r')
      parsed.reads = true;
    else if (*mode == 'w')
      writes = true;
    else if (*mode == 'e')
      parsed.close_on_exec = true;
    else
      return false;
  }
  return parsed.reads != writes;
}

/// The shell with `theirs` as its standard input or output. 0 or an errno.
int spawn_on_pipe(const char* command, int theirs, const PopenMode& mode, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, theirs, mode.reads ? STDOUT_FILENO : STDIN_FILENO);
  const int error = spawn_shell(command, &actions, nullptr, pid);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

void remember(FILE* stream, pid_t pid, PipeStream* entry) {
  *entry = {stream, pid, nullptr};
  const MutexLock lock(pipe_streams_mutex);
  entry->next = pipe_streams;
  pipe_streams = entry;
}

/// The shell of `stream`, which is forgotten; -1 when popen(3) did not make it.
pid_t forget(FILE* stream) {
  const MutexLock lock(pipe_streams_mutex);
  for (PipeStream** link = &pipe_streams; *link != nullptr; link = &(*link)->next) {
    PipeStream* found = *link;
    if (found->stream != stream) continue;
    const pid_t pid = found->pid;
    *link = found->next;
    free(found);
    return pid;
  }
  return -1;
}

}  // namespace

int system(const char* command) {
  if (command == nullptr) return 1;
  sigset_t child_signal;
  sigset_t before;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  pthread_sigmask(SIG_BLOCK, &child_signal, &before);
  ignored_signals.ignore();
  posix_spawnattr_t attributes;
  describe_child(attributes, before);
  pid_t pid = 0;
  const int error = spawn_shell(command, nullptr, &attributes, pid);
  const int status = error == 0 ? wait_for(pid) : kCannotRun;
  posix_spawnattr_destroy(&attributes);
  ignored_signals.restore();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return status;
}

FILE* popen(const char* command, const char* mode_text) {
  PopenMode mode;
  if (!parse_mode(mode_text, mode)) {
    errno = EINVAL;
    return nullptr;
  }
  int ends[2];
  auto* entry = static_cast<PipeStream*>(malloc(sizeof(PipeStream)));
  if (entry == nullptr || pipe2(ends, O_CLOEXEC) != 0) {
    free(entry);
    return nullptr;
  }
  const int ours = ends[mode.reads ? 0 : 1];
  const int theirs = ends[mode.reads ? 1 : 0];
  pid_t pid = 0;
  FILE* stream = host::libc().fdopen(ours, mode.reads ? "r" : "w");
  const int error = stream != nullptr ? spawn_on_pipe(command, theirs, mode, pid) : errno;
  host::close(theirs);
  if (error != 0) {
    if (stream != nullptr)
      fclose(stream);
    else
      host::close(ours);
    free(entry);
    errno = error;
    return nullptr;
  }
  if (!mode.close_on_exec) host::raw(SYS_fcntl, ours, F_SETFD, 0);
  remember(stream, pid, entry);
  return stream;
}

int pclose(FILE* stream) {
  const pid_t pid = forget(stream);
  if (pid < 0) {
    errno = ECHILD;
    return -1;
  }
  fclose(stream);
  return wait_for(pid);
}

}  // namespace farcall::shim::process
