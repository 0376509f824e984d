#include <dirent.h>

#include "catch.h"
#include "shim/calls/paths.h"
#include "shim/host/libc.h"
#include "shim/network/directory.h"

using namespace farcall::shim;

static_assert(sizeof(dirent) == sizeof(dirent64), "one definition serves readdir and readdir64");

FARCALL_CATCH DIR* opendir(const char* path) {
  switch (calls::place_of(path).kind) {
    case calls::PathKind::network:
      return network::open_directory(path);
    case calls::PathKind::kernel:
      errno = ENOSYS;  // there is no way to read the kernel's directories yet
      return nullptr;
    default:
      return host::libc().opendir(path);
  }
}

FARCALL_CATCH dirent* readdir(DIR* stream) {
  return network::is_network_directory(stream) ? network::read_directory(stream)
                                               : host::libc().readdir(stream);
}
FARCALL_ALIAS(readdir64, readdir);

FARCALL_CATCH void rewinddir(DIR* stream) noexcept {
  if (network::is_network_directory(stream)) {
    network::rewind_directory(stream);
  } else {
    host::libc().rewinddir(stream);
  }
}

FARCALL_CATCH int closedir(DIR* stream) {
  if (!network::is_network_directory(stream)) return host::libc().closedir(stream);
  network::close_directory(stream);
  return 0;
}

FARCALL_CATCH int dirfd(DIR* stream) noexcept {
  if (!network::is_network_directory(stream)) return host::libc().dirfd(stream);
  errno = ENOTSUP;  // as POSIX lets a stream without a descriptor answer
  return -1;
}
