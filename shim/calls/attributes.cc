#include "paths.h"
#include "route.h"
#include "shim/calls/calls.h"
#include "shim/host/host.h"
#include "shim/personality/files.h"

namespace farcall::shim::calls {

long fchmodat(int directory, const char* path, mode_t mode, int flags) {
  return route_path(
      directory, path,
      [&](const Place& place) {
        return personality::fchmodat(place.directory, place.path, mode, flags);
      },
      // The system call knows no flags; libc finds ways for those that it takes.
      [&] {
        return host::through(host::libc_functions.fchmodat, SYS_fchmodat, directory, path, mode,
                             flags);
      });
}

long fchmod(int fd, mode_t mode) {
  return route(
      fd, [&](int kfd) { return personality::fchmod(kfd, mode); },
      [&] { return host::raw(SYS_fchmod, fd, mode); });
}

long fchownat(int directory, const char* path, uid_t owner, gid_t group, int flags) {
  if (described_kernel_fd(directory, path, flags) >= 0)
    return calls::fchown(directory, owner, group);
  return route_path(
      directory, path,
      [&](const Place& place) {
        return personality::fchownat(place.directory, place.path, owner, group, flags);
      },
      [&] { return host::raw(SYS_fchownat, directory, path, owner, group, flags); });
}

long fchown(int fd, uid_t owner, gid_t group) {
  return route(
      fd, [&](int kfd) { return personality::fchown(kfd, owner, group); },
      [&] { return host::raw(SYS_fchown, fd, owner, group); });
}

long utimensat(int directory, const char* path, const timespec* times, int flags) {
  const bool describes = path == nullptr || described_kernel_fd(directory, path, flags) >= 0;
  const int kfd = describes ? descriptors::kernel_fd(directory) : -1;
  if (kfd >= 0) {
    const ErrnoKeeper keeper;
    return personality::futimens(kfd, times);
  }
  return route_path(
      directory, path,
      [&](const Place& place) {
        return personality::utimensat(place.directory, place.path, times, flags);
      },
      [&] { return host::raw(SYS_utimensat, directory, path, times, flags); });
}

long truncate(const char* path, off_t length) {
  return route_path(
      AT_FDCWD, path, [&](const Place& place) { return personality::truncate(place.path, length); },
      [&] { return host::raw(SYS_truncate, path, length); });
}

}  // namespace farcall::shim::calls
