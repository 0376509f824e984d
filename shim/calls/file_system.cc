#include "paths.h"
#include "route.h"
#include "shim/calls/calls.h"
#include "shim/host/host.h"
#include "shim/personality/files.h"
#include "shim/process/start.h"

namespace farcall::shim::calls {

long statfs(const char* path, struct statfs* buffer) {
  return route_path(
      AT_FDCWD, path, [&](const Place& place) { return personality::statfs(place.path, buffer); },
      [&] { return host::raw(SYS_statfs, path, buffer); });
}

long fstatfs(int fd, struct statfs* buffer) {
  return route(
      fd, [&](int kfd) { return personality::fstatfs(kfd, buffer); },
      [&] { return host::raw(SYS_fstatfs, fd, buffer); });
}

long sync() {
  // The host's as well: it is one call for all that there is.
  if (process::hijack_spec_if_started() != nullptr) {
    const ErrnoKeeper keeper;
    personality::sync();
  }
  return host::raw(SYS_sync);
}

long syncfs(int fd) {
  return route(
      fd, [](int) { return personality::sync(); }, [&] { return host::raw(SYS_syncfs, fd); });
}

long flock(int fd, int operation) {
  return route(
      fd, [&](int kfd) { return personality::flock(kfd, operation); },
      [&] { return host::raw(SYS_flock, fd, operation); });
}

}  // namespace farcall::shim::calls
