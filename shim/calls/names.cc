#include "creation_mask.h"
#include "paths.h"
#include "shim/calls/calls.h"
#include "shim/descriptors/descriptors.h"
#include "shim/host/host.h"
#include "shim/personality/files.h"

namespace farcall::shim::calls {

long mkdirat(int directory, const char* path, mode_t mode) {
  return route_path(
      directory, path,
      [&](const Place& place) {
        share_creation_mask();
        return personality::mkdirat(place.directory, place.path, mode);
      },
      [&] { return host::raw(SYS_mkdirat, directory, path, mode); });
}

long unlinkat(int directory, const char* path, int flags) {
  return route_path(
      directory, path,
      [&](const Place& place) { return personality::unlinkat(place.directory, place.path, flags); },
      [&] { return host::raw(SYS_unlinkat, directory, path, flags); });
}

long renameat2(int from_directory, const char* from, int to_directory, const char* to,
               unsigned flags) {
  return route_paths(
      from_directory, from, to_directory, to,
      [&](const Place& source, const Place& target) {
        return personality::renameat(source.directory, source.path, target.directory, target.path,
                                     flags);
      },
      [&] { return host::raw(SYS_renameat2, from_directory, from, to_directory, to, flags); });
}

long linkat(int from_directory, const char* from, int to_directory, const char* to, int flags) {
  // The kernel cannot give a name to a file that has none.
  if (described_kernel_fd(from_directory, from, flags) >= 0) return -ENOENT;
  return route_paths(
      from_directory, from, to_directory, to,
      [&](const Place& source, const Place& target) {
        return personality::linkat(source.directory, source.path, target.directory, target.path,
                                   flags);
      },
      [&] { return host::raw(SYS_linkat, from_directory, from, to_directory, to, flags); });
}

long symlinkat(const char* target, int directory, const char* path) {
  return route_path(
      directory, path,
      [&](const Place& place) {
        return personality::symlinkat(target, place.directory, place.path);
      },
      [&] { return host::raw(SYS_symlinkat, target, directory, path); });
}

long mknodat(int directory, const char* path, mode_t mode, dev_t device) {
  return route_path(
      directory, path,
      [&](const Place& place) {
        share_creation_mask();
        return personality::mknodat(place.directory, place.path, mode, device);
      },
      [&] { return host::raw(SYS_mknodat, directory, path, mode, device); });
}

}  // namespace farcall::shim::calls
