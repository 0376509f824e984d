#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <vector>

#include "catch.h"
#include "shim/calls/calls.h"
#include "shim/calls/paths.h"
#include "shim/descriptors/descriptors.h"
#include "shim/directories/network_directory.h"
#include "shim/directories/stream.h"
#include "shim/host/libc.h"

using namespace farcall::shim;

static_assert(sizeof(dirent) == sizeof(dirent64), "one definition serves readdir and readdir64");

namespace {

constexpr size_t kPointerSize = sizeof(void*);
constexpr int kDirectoryFlags = O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC;

/// opendir(3) of a name from some directory on.
DIR* open_at(int directory, const char* path) {
  const int fd = int_ret(calls::openat(directory, path, kDirectoryFlags, 0));
  if (fd < 0) return nullptr;
  DIR* stream = fdopendir(fd);
  if (stream == nullptr) calls::close(fd);
  return stream;
}

using Filter = int (*)(const dirent*);
using Compare = int (*)(const dirent**, const dirent**);

/// The entries that `filter` takes, each from malloc. False with errno.
bool read_entries(DIR* stream, Filter filter, std::vector<dirent*>& entries) {
  errno = 0;
  while (const dirent* entry = readdir(stream)) {
    if (filter != nullptr && filter(entry) == 0) continue;
    auto* const copy = static_cast<dirent*>(malloc(sizeof(dirent)));
    if (copy == nullptr) break;
    *copy = *entry;
    entries.push_back(copy);
    errno = 0;
  }
  return errno == 0;
}

int scan(DIR* stream, dirent*** list, Filter filter, Compare compare) {
  if (stream == nullptr) return -1;
  const int before = errno;
  std::vector<dirent*> entries;
  bool done = read_entries(stream, filter, entries);
  closedir(stream);
  const size_t size = entries.size() * kPointerSize;
  auto** const array = done ? static_cast<dirent**>(malloc(size + 1)) : nullptr;
  if (array == nullptr) {
    for (dirent* entry : entries) free(entry);
    return -1;
  }
  if (size != 0) memcpy(array, entries.data(), size);
  if (compare != nullptr)
    qsort(array, entries.size(), kPointerSize, reinterpret_cast<__compar_fn_t>(compare));
  errno = before;
  *list = array;
  return static_cast<int>(entries.size());
}

}  // namespace

FARCALL_CATCH DIR* opendir(const char* path) {
  switch (calls::place_of(path).kind) {
    case calls::PathKind::network:
      return directories::open_network_directory(path);
    case calls::PathKind::kernel:
      return open_at(AT_FDCWD, path);
    default:
      return host::libc().opendir(path);
  }
}

FARCALL_CATCH DIR* fdopendir(int fd) {
  if (descriptors::kernel_fd(fd) < 0) return host::libc().fdopendir(fd);
  struct stat status;
  if (sysret(calls::fstat(fd, &status)) < 0) return nullptr;
  if (S_ISDIR(status.st_mode)) return directories::open_kernel_directory(fd);
  errno = ENOTDIR;
  return nullptr;
}

FARCALL_CATCH dirent* readdir(DIR* stream) {
  directories::Stream* const ours = directories::find(stream);
  return ours != nullptr ? ours->next() : host::libc().readdir(stream);
}
FARCALL_ALIAS(readdir64, readdir);

FARCALL_CATCH void rewinddir(DIR* stream) noexcept {
  directories::Stream* const ours = directories::find(stream);
  ours != nullptr ? ours->seek(0) : host::libc().rewinddir(stream);
}

FARCALL_CATCH long telldir(DIR* stream) noexcept {
  directories::Stream* const ours = directories::find(stream);
  return ours != nullptr ? ours->tell() : host::libc().telldir(stream);
}

FARCALL_CATCH void seekdir(DIR* stream, long position) noexcept {
  directories::Stream* const ours = directories::find(stream);
  ours != nullptr ? ours->seek(position) : host::libc().seekdir(stream, position);
}

FARCALL_CATCH int closedir(DIR* stream) {
  return directories::find(stream) != nullptr ? int_ret(directories::close(stream))
                                              : host::libc().closedir(stream);
}

FARCALL_CATCH int dirfd(DIR* stream) noexcept {
  directories::Stream* const ours = directories::find(stream);
  if (ours == nullptr) return host::libc().dirfd(stream);
  const int fd = ours->fd();
  if (fd < 0) errno = ENOTSUP;  // as POSIX lets a stream without a descriptor answer
  return fd;
}

FARCALL_CATCH int scandirat(int directory, const char* path, dirent*** list, Filter filter,
                            Compare compare) {
  return calls::place_at(directory, path).is_kernel()
             ? scan(open_at(directory, path), list, filter, compare)
             : host::libc().scandirat(directory, path, list, filter, compare);
}
FARCALL_ALIAS(scandirat64, scandirat);

FARCALL_CATCH int scandir(const char* path, dirent*** list, Filter filter, Compare compare) {
  return calls::place_of(path).kind != calls::PathKind::host
             ? scan(opendir(path), list, filter, compare)
             : host::libc().scandir(path, list, filter, compare);
}
FARCALL_ALIAS(scandir64, scandir);

FARCALL_CATCH ssize_t getdents64(int fd, void* buffer, size_t size) noexcept {
  return sysret(calls::getdents64(fd, buffer, size));
}
