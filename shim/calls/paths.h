// Whose a path is.
#pragma once

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
};

/// Judges by the text alone, as rumphijack(3) does: relative paths and NULL are the host's, `..`
/// and symbolic links are not followed. Safe in a signal handler for a path of the host.
Place place_of(const char* path);

}  // namespace farcall::shim::calls
