// Daemonizing: the parent stays until the daemon is ready, and ends as the daemon's start did.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "errors.h"
#include "netbsd/constants.h"
#include "rump/rumpuser.h"

using namespace farcall::hypercall;

namespace {

/// The daemon's end of its connection to the parent, -1 outside of begin and done.
int parent = -1;

/// For a child that ended without a word here. One that exits has told its reason itself, so its
/// status is the parent's; yet it was not a success.
int exit_status_of(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return EXIT_FAILURE;
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) return WEXITSTATUS(status);
  if (WIFSIGNALED(status)) {
    std::fprintf(stderr, "the daemon was killed by signal %d (%s) before it was ready\n",
                 WTERMSIG(status), sigdescr_np(WTERMSIG(status)));
  } else {
    std::fprintf(stderr, "the daemon ended before it was ready\n");
  }
  return EXIT_FAILURE;
}

/// Ends the parent, without running what the daemon will run at its own exit.
[[noreturn]] void await_daemon(int connection, pid_t child) {
  int error = 0;
  const ssize_t got = TEMP_FAILURE_RETRY(::recv(connection, &error, sizeof error, 0));
  if (got != sizeof error) ::_exit(exit_status_of(child));
  if (error == 0) ::_exit(EXIT_SUCCESS);
  std::fprintf(stderr, "starting the daemon: %s\n",
               strerrordesc_np(farcall::errno_from_netbsd(error)));
  ::_exit(EXIT_FAILURE);
}

/// Host errno.
int detach_standard_files() {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null == -1) return errno;
  std::fflush(nullptr);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
  if (null > STDERR_FILENO) ::close(null);
  return 0;
}

}  // namespace

int rumpuser_daemonize_begin() {
  if (parent != -1) return NB_EINPROGRESS;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
    return errno_to_netbsd(errno);
  const pid_t child = ::fork();
  const int fork_errno = errno;
  if (child > 0) {
    ::close(ends[1]);
    await_daemon(ends[0], child);
  }
  ::close(ends[0]);
  if (child == -1) {
    ::close(ends[1]);
    return errno_to_netbsd(fork_errno);
  }
  ::setsid();  // cannot fail: a child leads no group
  parent = ends[1];
  return 0;
}

int rumpuser_daemonize_done(int error) {
  if (parent == -1) return NB_ENOENT;
  if (error == 0) error = errno_to_netbsd(detach_standard_files());
  const bool told = ::send(parent, &error, sizeof error, MSG_NOSIGNAL) == sizeof error;
  const int result = told ? 0 : errno_to_netbsd(errno);
  ::close(parent);
  parent = -1;
  return result;
}
