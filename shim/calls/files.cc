#include <sys/sysmacros.h>

#include "creation_mask.h"
#include "network_file.h"
#include "paths.h"
#include "route.h"
#include "shim/calls/calls.h"
#include "shim/host/host.h"
#include "shim/personality/files.h"
#include "shim/personality/personality.h"

namespace farcall::shim::calls {

namespace {

long open_in_kernel(const Place& place, int flags, mode_t mode) {
  const ErrnoKeeper keeper;
  if ((flags & O_CREAT) != 0) share_creation_mask();
  const long kfd = personality::openat(place.directory, place.path, flags & ~O_CLOEXEC, mode);
  return is_error(kfd) ? kfd : descriptors::adopt(static_cast<int>(kfd), (flags & O_CLOEXEC) != 0);
}

long stat_place(const Place& place, struct stat* buffer, int flags) {
  if (!place.is_kernel()) return stat_network_file(place.path, buffer);
  const ErrnoKeeper keeper;
  return personality::fstatat(place.directory, place.path, buffer, flags);
}

bool is_ours(const Place& place) { return place.is_kernel() || place.kind == PathKind::network; }

/// AT_STATX_* are about network file systems.
constexpr int kStatxOnly = AT_STATX_SYNC_TYPE;

void set_timestamp(statx_timestamp& to, const timespec& from) {
  to.tv_sec = from.tv_sec;
  to.tv_nsec = static_cast<__u32>(from.tv_nsec);
}

void fill_statx(const struct stat& from, struct statx& to) {
  to = {};
  to.stx_mask = STATX_BASIC_STATS;
  to.stx_blksize = static_cast<__u32>(from.st_blksize);
  to.stx_nlink = static_cast<__u32>(from.st_nlink);
  to.stx_uid = from.st_uid;
  to.stx_gid = from.st_gid;
  to.stx_mode = static_cast<__u16>(from.st_mode);
  to.stx_ino = from.st_ino;
  to.stx_size = static_cast<__u64>(from.st_size);
  to.stx_blocks = static_cast<__u64>(from.st_blocks);
  set_timestamp(to.stx_atime, from.st_atim);
  set_timestamp(to.stx_mtime, from.st_mtim);
  set_timestamp(to.stx_ctime, from.st_ctim);
  to.stx_rdev_major = gnu_dev_major(from.st_rdev);
  to.stx_rdev_minor = gnu_dev_minor(from.st_rdev);
  to.stx_dev_major = gnu_dev_major(from.st_dev);
  to.stx_dev_minor = gnu_dev_minor(from.st_dev);
}

}  // namespace

long openat(int directory, const char* path, int flags, mode_t mode) {
  const Place place = place_at(directory, path);
  switch (place.kind) {
    case PathKind::kernel:
      return open_in_kernel(place, flags, mode);
    case PathKind::network:
      return open_network_file(path, flags);
    case PathKind::descriptor:
      return -ENXIO;  // as Linux answers for a socket
    case PathKind::host:
      break;
  }
  return host::openat(directory, path, flags, mode);
}

long openat2(int directory, const char* path, const void* how, size_t size) {
  // Without it programs use openat; RESOLVE_ flags have no counterpart.
  if (place_at(directory, path).kind != PathKind::host) return -ENOSYS;
  return host::raw(SYS_openat2, directory, path, how, size);
}

long fstat(int fd, struct stat* buffer) {
  return route(
      fd, [&](int kfd) { return personality::fstat(kfd, buffer); },
      [&] { return host::fstat(fd, buffer); });
}

long fstatat(int directory, const char* path, struct stat* buffer, int flags) {
  if (described_kernel_fd(directory, path, flags) >= 0) return calls::fstat(directory, buffer);
  const Place place = place_at(directory, path);
  if (is_ours(place)) return stat_place(place, buffer, flags);
  return host::raw(SYS_newfstatat, directory, path, buffer, flags);
}

long statx(int directory, const char* path, int flags, unsigned mask, struct statx* buffer) {
  const bool described = described_kernel_fd(directory, path, flags) >= 0;
  const Place place = place_at(directory, path);
  if (!described && !is_ours(place))
    return host::raw(SYS_statx, directory, path, flags, mask, buffer);
  if (buffer == nullptr) return -EFAULT;
  struct stat status {};
  const long result = described ? calls::fstat(directory, &status)
                                : stat_place(place, &status, flags & ~kStatxOnly);
  if (!is_error(result)) fill_statx(status, *buffer);
  return result;
}

long faccessat(int directory, const char* path, int mode, int flags) {
  const Place place = place_at(directory, path);
  if (place.is_kernel()) {
    const ErrnoKeeper keeper;
    return personality::faccessat(place.directory, place.path, mode, flags);
  }
  if (place.kind != PathKind::network) {
    return flags == 0 ? host::raw(SYS_faccessat, directory, path, mode)
                      : host::raw(SYS_faccessat2, directory, path, mode, flags);
  }
  struct stat status;
  const long result = stat_network_file(place.path, &status);
  if (is_error(result)) return result;
  const bool executes = (mode & X_OK) != 0 && (status.st_mode & 0111) == 0;
  return (mode & W_OK) != 0 || executes ? -EACCES : 0;
}

long readlinkat(int directory, const char* path, char* buffer, size_t size) {
  const Place place = place_at(directory, path);
  if (place.is_kernel()) {
    const ErrnoKeeper keeper;
    return personality::readlinkat(place.directory, place.path, buffer, size);
  }
  if (place.kind != PathKind::network)
    return host::raw(SYS_readlinkat, directory, path, buffer, size);
  struct stat status;
  const long result = stat_network_file(place.path, &status);
  return is_error(result) ? result : -EINVAL;  // there, and no symbolic link
}

}  // namespace farcall::shim::calls
