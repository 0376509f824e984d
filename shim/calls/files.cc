#include <sys/sysmacros.h>

#include "network_file.h"
#include "paths.h"
#include "route.h"
#include "shim/calls/calls.h"
#include "shim/host/host.h"
#include "shim/personality/personality.h"

namespace farcall::shim::calls {

namespace {

long open_in_kernel(const char* path, int flags, mode_t mode) {
  const ErrnoKeeper keeper;
  const long kfd = personality::open(path, flags & ~O_CLOEXEC, mode);
  return is_error(kfd) ? kfd : descriptors::adopt(static_cast<int>(kfd), (flags & O_CLOEXEC) != 0);
}

/// stat(2) by way of an open file: the kernel's paths are reached by open alone.
long stat_in_kernel(const char* path, struct stat* buffer) {
  const ErrnoKeeper keeper;
  const long kfd = personality::open(path, O_RDONLY | O_NONBLOCK, 0);
  if (is_error(kfd)) return kfd;
  const long result = personality::fstat(static_cast<int>(kfd), buffer);
  personality::close(static_cast<int>(kfd));
  return result;
}

long stat_place(const Place& place, struct stat* buffer) {
  return place.kind == PathKind::kernel ? stat_in_kernel(place.path, buffer)
                                        : stat_network_file(place.path, buffer);
}

bool is_ours(const Place& place) {
  return place.kind == PathKind::kernel || place.kind == PathKind::network;
}

/// The descriptor that an empty path with AT_EMPTY_PATH means, when that is the kernel's; else -1.
int described_kernel_fd(int directory, const char* path, int flags) {
  const bool empty = path == nullptr || path[0] == '\0';
  return (flags & AT_EMPTY_PATH) != 0 && empty ? descriptors::kernel_fd(directory) : -1;
}

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
  const Place place = place_of(path);
  switch (place.kind) {
    case PathKind::kernel:
      return open_in_kernel(place.path, flags, mode);
    case PathKind::network:
      return open_network_file(path, flags);
    case PathKind::descriptor:
      return -ENXIO;  // as Linux answers for a socket
    case PathKind::host:
      break;
  }
  return host::openat(directory, path, flags, mode);
}

long fstat(int fd, struct stat* buffer) {
  return route(
      fd, [&](int kfd) { return personality::fstat(kfd, buffer); },
      [&] { return host::fstat(fd, buffer); });
}

long fstatat(int directory, const char* path, struct stat* buffer, int flags) {
  if (described_kernel_fd(directory, path, flags) >= 0) return calls::fstat(directory, buffer);
  const Place place = place_of(path);
  if (is_ours(place)) return stat_place(place, buffer);
  return host::raw(SYS_newfstatat, directory, path, buffer, flags);
}

long statx(int directory, const char* path, int flags, unsigned mask, struct statx* buffer) {
  const bool described = described_kernel_fd(directory, path, flags) >= 0;
  const Place place = place_of(path);
  if (!described && !is_ours(place))
    return host::raw(SYS_statx, directory, path, flags, mask, buffer);
  if (buffer == nullptr) return -EFAULT;
  struct stat status {};
  const long result = described ? calls::fstat(directory, &status) : stat_place(place, &status);
  if (!is_error(result)) fill_statx(status, *buffer);
  return result;
}

long faccessat(int directory, const char* path, int mode, int flags) {
  const Place place = place_of(path);
  if (!is_ours(place)) {
    return flags == 0 ? host::raw(SYS_faccessat, directory, path, mode)
                      : host::raw(SYS_faccessat2, directory, path, mode, flags);
  }
  struct stat status;
  const long result = stat_place(place, &status);
  if (is_error(result)) return result;
  const bool writes = (mode & W_OK) != 0 && place.kind == PathKind::network;
  const bool executes = (mode & X_OK) != 0 && (status.st_mode & 0111) == 0;
  return writes || executes ? -EACCES : 0;
}

long readlinkat(int directory, const char* path, char* buffer, size_t size) {
  const Place place = place_of(path);
  if (!is_ours(place)) return host::raw(SYS_readlinkat, directory, path, buffer, size);
  struct stat status;
  const long result = stat_place(place, &status);
  return is_error(result) ? result : -EINVAL;  // there, and no symbolic link
}

}  // namespace farcall::shim::calls
