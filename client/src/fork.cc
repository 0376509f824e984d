// rumpclient(3): fork and daemon, whole. Not part of the static library: there fork(3) may be an
// interposer's, which does these steps itself.
#include <rump/rumpclient.h>
#include <unistd.h>

#include <cerrno>

extern "C" {

pid_t rumpclient_fork() {
  struct rumpclient_fork* prepared = rumpclient_prefork();
  if (prepared == nullptr) return -1;
  const pid_t pid = fork();
  if (pid == 0) return rumpclient_fork_init(prepared) == 0 ? 0 : -1;
  if (pid > 0) {
    rumpclient_fork_vparent(prepared);
    return pid;
  }
  const int error = errno;
  rumpclient_fork_cancel(prepared);
  errno = error;
  return -1;
}

int rumpclient_daemon(int nochdir, int noclose) {
  struct rumpclient_fork* prepared = rumpclient_prefork();
  if (prepared == nullptr) return -1;
  // The parent's end closes its connection, not the prepared child.
  if (daemon(nochdir, noclose) == 0) return rumpclient_fork_init(prepared);
  const int error = errno;
  rumpclient_fork_cancel(prepared);
  errno = error;
  return -1;
}

}  // extern "C"
