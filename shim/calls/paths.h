// Whose a path is.
#pragma once

#include <fcntl.h>

#include "shim/host/errno.h"

namespace farcall::shim::calls {

enum class PathKind {
  host,
  kernel,      ///< path= or blanket= of RUMPHIJACK
  network,     ///< a file of /proc or /sys that tells about the network, which is the kernel's
  descriptor,  ///< /dev/stdin, /dev/fd/N, /proc/self/fd/N where N is a kernel descriptor
};

struct Place {
  PathKind kind;
  const char* path;  ///< as its owner knows it; points into the program's string, or is static
  int directory;     ///< where a relative path of the kernel's starts, for the personality

  [[nodiscard]] bool is_kernel() const { return kind == PathKind::kernel; }
};

/// Judges by the text alone, as rumphijack(3) does: `..` and symbolic links are not followed. A
/// relative path is the kernel's when the directory that it starts from is, or when it would be
/// with a slash before it and starts from the root; a bad address is the host's. Safe in a signal
/// handler for a path of the host.
Place place_at(int directory, const char* path);
inline Place place_of(const char* path) { return place_at(AT_FDCWD, path); }

/// kernel(place) for a path of the kernel, else host(). errno is left alone by both.
template <class Kernel, class Host>
inline long route_path(int directory, const char* path, Kernel kernel, Host host) {
  const Place place = place_at(directory, path);
  if (!place.is_kernel()) [[likely]]
    return host();
  const ErrnoKeeper keeper;
  return kernel(place);
}

/// The same for two paths: -EXDEV when one is the kernel's and one the host's.
template <class Kernel, class Host>
inline long route_paths(int from_directory, const char* from, int to_directory, const char* to,
                        Kernel kernel, Host host) {
  const Place source = place_at(from_directory, from);
  const Place target = place_at(to_directory, to);
  if (source.is_kernel() != target.is_kernel()) return -EXDEV;
  if (!source.is_kernel()) [[likely]]
    return host();
  const ErrnoKeeper keeper;
  return kernel(source, target);
}

/// The descriptor that an empty path with AT_EMPTY_PATH means, when that is the kernel's; else -1.
int described_kernel_fd(int directory, const char* path, int flags);

}  // namespace farcall::shim::calls
