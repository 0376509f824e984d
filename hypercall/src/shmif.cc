// The host half of NetBSD's shmif driver, and of the built-in kernel's: a mapped file, and
// inotify(7) on it.
//
// The driver's library has a half of its own. The loader finds this one first, wherever it is
// loaded before the driver.
#include "rump/shmif.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "errors.h"
#include "upcalls.h"

using namespace farcall::hypercall;

namespace {

/// A new file gets its size; one that is too small is something else. Host errno.
int make_large(int fd, std::size_t size) {
  struct stat status;
  if (::fstat(fd, &status) == -1) return errno;
  if (static_cast<std::size_t>(status.st_size) >= size) return 0;
  if (status.st_size != 0) return ENOEXEC;
  return ::ftruncate(fd, static_cast<off_t>(size)) == -1 ? errno : 0;
}

int map_file(int fd, std::size_t size, void** memory) {
  if (const int error = make_large(fd, size)) return error;
  void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) return errno;
  *memory = mapped;
  return 0;
}

int watch_file(int* watch, int fd) {
  const int inotify = *watch == -1 ? ::inotify_init1(IN_CLOEXEC) : *watch;
  if (inotify == -1) return errno;
  const std::string open_file = "/proc/self/fd/" + std::to_string(fd);
  if (::inotify_add_watch(inotify, open_file.c_str(), IN_MODIFY) == -1) {
    const int error = errno;
    if (*watch == -1) ::close(inotify);
    return error;
  }
  *watch = inotify;
  return 0;
}

/// Takes all that has been reported: once awake, the caller looks at everything.
int wait_for_write(int watch) {
  alignas(inotify_event) std::array<char, 4096> events;
  return TEMP_FAILURE_RETRY(::read(watch, events.data(), events.size())) == -1 ? errno : 0;
}

}  // namespace

int rumpcomp_shmif_mmap(int fd, size_t size, void** memory) {
  return without_cpu([=] { return errno_to_netbsd(map_file(fd, size, memory)); });
}

int rumpcomp_shmif_watchsetup(int* watch, int fd) {
  return without_cpu([=] { return errno_to_netbsd(watch_file(watch, fd)); });
}

int rumpcomp_shmif_watchwait(int watch) {
  return sleeping([=] { return errno_to_netbsd(wait_for_write(watch)); });
}
