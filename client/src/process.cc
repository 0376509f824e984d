// rumpclient(3) and farcall/client.h: fork, spawn and exec.
#include <farcall/client.h>
#include <rump/rumpclient.h>
#include <string.h>

#include <cerrno>
#include <new>

#include "adoption.h"
#include "descriptors.h"
#include "host.h"
#include "local.h"
#include "session.h"

using namespace farcall::client;

struct rumpclient_fork {
  farcall::sysproxy::ForkCookie cookie;
};

namespace {

void free_fork(struct rumpclient_fork* fork) { host::unmap_memory(fork, sizeof *fork); }

std::size_t count_entries(char* const list[]) {
  std::size_t count = 0;
  while (list != nullptr && list[count] != nullptr) ++count;
  return count;
}

}  // namespace

extern "C" {

struct rumpclient_fork* rumpclient_prefork() {
  if (local::running()) {
    errno = ENOSYS;
    return nullptr;
  }
  const auto cookie = prepare_child();
  if (!cookie.ok()) {
    errno = cookie.code();
    return nullptr;
  }
  const long memory = host::map_memory(sizeof(struct rumpclient_fork));
  if (memory < 0 && memory > -4096) {
    errno = ENOMEM;
    return nullptr;
  }
  return new (reinterpret_cast<void*>(memory))(struct rumpclient_fork){*cookie};
}

int rumpclient_fork_init(struct rumpclient_fork* fork) {
  const auto begun = begin_as_fork(fork->cookie);
  free_fork(fork);
  if (begun.ok()) return 0;
  errno = begun.code();
  return -1;
}

void rumpclient_fork_cancel(struct rumpclient_fork* fork) {
  Reason reason(nullptr, 0);
  if (const auto link = dial(server_url(), reason); link.ok()) {
    cancel_fork(*link, fork->cookie);
    close_own(link->fd);
  }
  free_fork(fork);
}

void rumpclient_fork_vparent(struct rumpclient_fork* fork) { free_fork(fork); }

int farcall_prespawn(struct rumpclient_fork** fork, char* buffer, size_t size) {
  *fork = rumpclient_prefork();
  if (*fork == nullptr) return -1;
  if (write_spawn((*fork)->cookie, server_url(), buffer, size)) return 0;
  rumpclient_fork_cancel(*fork);
  errno = ERANGE;
  return -1;
}

int farcall_exec_prepare(char* buffer, size_t size) {
  const SignalsBlocked blocked;
  const Link link = connection().is_inherited() ? Link{} : connection().freeze_for_exec();
  if (link.fd < 0) {
    errno = ENOTCONN;
  } else if (!write_exec(link, server_url(), buffer, size)) {
    connection().thaw();
    errno = ERANGE;
  } else {
    set_close_on_exec(link.fd, false);
    return 0;
  }
  return -1;
}

void farcall_exec_failed() {
  const SignalsBlocked blocked;
  set_close_on_exec(connection().thaw().fd, true);
}

int rumpclient_exec(const char* path, char* const argv[], char* const envp[]) {
  char entry[kMaxUrl + 64];
  const bool connected = farcall_exec_prepare(entry, sizeof entry) == 0;
  const std::size_t count = count_entries(envp);
  const std::size_t size = (count + 2) * sizeof(char*);
  const long memory = host::map_memory(size);
  long error = memory;
  if (memory > 0 || memory <= -4096) {
    char** environment = reinterpret_cast<char**>(memory);
    if (count != 0) memcpy(environment, envp, count * sizeof(char*));
    environment[count] = connected ? entry : nullptr;
    error = host::execve(path, argv, environment);
    host::unmap_memory(environment, size);
  }
  if (connected) farcall_exec_failed();
  errno = static_cast<int>(-error);
  return -1;
}

}  // extern "C"
