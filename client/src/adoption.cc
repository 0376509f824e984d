#include "adoption.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "descriptors.h"
#include "host.h"

namespace farcall::client {
namespace {

constexpr char kExec[] = "FARCALL_EXEC";
constexpr char kSpawn[] = "FARCALL_SPAWN";

/// The socket's inode, by which it is known again; 0 when `fd` is none.
unsigned long socket_inode(int fd) {
  struct stat status {};
  if (host::fstat(fd, &status) < 0 || !S_ISSOCK(status.st_mode)) return 0;
  return status.st_ino;
}

/// Moves the variable's value into `value`. False when there is none, or one that is too long to be
/// ours.
template <std::size_t size>
bool take_variable(const char* name, char (&value)[size]) {
  const char* found = getenv(name);
  if (found == nullptr) return false;
  const bool fits = strlen(found) < size;
  if (fits) strcpy(value, found);
  unsetenv(name);
  return fits;
}

bool take_url(const char* from, Adoption* adoption) {
  if (strlen(from) >= sizeof adoption->url) return false;
  strcpy(adoption->url, from);
  return true;
}

bool fits(int written, std::size_t size) {
  return written > 0 && static_cast<std::size_t>(written) < size;
}

}  // namespace

bool take_exec(Adoption* adoption) {
  char value[kMaxUrl + 64];
  long pid = 0;
  int fd = -1;
  unsigned long inode = 0;
  int mark = 0;
  int used = 0;
  if (!take_variable(kExec, value)) return false;
  sscanf(value, "%ld:%d:%lu:%d@%n", &pid, &fd, &inode, &mark, &used);
  if (used == 0 || !take_url(value + used, adoption)) return false;
  if (pid != host::getpid() || inode == 0 || socket_inode(fd) != inode) return false;
  set_close_on_exec(fd, true);
  adoption->link = {fd, mark != 0};
  return own(fd) >= 0;
}

bool write_exec(const Link& link, const char* url, char* buffer, std::size_t size) {
  return fits(snprintf(buffer, size, "%s=%ld:%d:%lu:%d@%s", kExec, host::getpid(), link.fd,
                       socket_inode(link.fd), link.marked ? 1 : 0, url),
              size);
}

bool take_spawn(Adoption* adoption) {
  char value[kMaxUrl + 64];
  std::uint32_t* word = adoption->cookie.word;
  int used = 0;
  if (!take_variable(kSpawn, value)) return false;
  sscanf(value, "%8x%8x%8x%8x@%n", &word[0], &word[1], &word[2], &word[3], &used);
  return used != 0 && take_url(value + used, adoption);
}

bool write_spawn(const sysproxy::ForkCookie& cookie, const char* url, char* buffer,
                 std::size_t size) {
  return fits(snprintf(buffer, size, "%s=%08x%08x%08x%08x@%s", kSpawn, cookie.word[0],
                       cookie.word[1], cookie.word[2], cookie.word[3], url),
              size);
}

void set_close_on_exec(int fd, bool on) { host::fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0); }

}  // namespace farcall::client
