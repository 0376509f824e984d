#include "reopen.h"

#include <stdio_ext.h>
#include <unistd.h>

#include <cstring>

#include "cookie_stream.h"
#include "shim/calls/calls.h"
#include "shim/descriptors/descriptors.h"
#include "shim/host/errno.h"

namespace farcall::shim {

namespace {

// libc's flags in FILE
constexpr int kNoReads = 4;
constexpr int kNoWrites = 8;

FILE* fail(FILE* stream, int error) {
  fclose(stream);
  errno = error;
  return nullptr;
}

/// The stream that stands for `fd` now: the one that was, or what follows the standard descriptors
/// (process/standard_streams.h) has put in its place.
FILE* stream_on(int fd, FILE* before) {
  if (cookie_stream_fd(before) == fd || descriptors::kernel_fd(fd) < 0) return before;
  for (FILE* const standard : {stdin, stdout, stderr}) {
    if (cookie_stream_fd(standard) == fd) return standard;
  }
  return before;
}

/// As after fopen(3): nothing read or written yet.
void start_anew(FILE* stream, const char* mode) {
  const ErrnoKeeper keeper;
  __fpurge(stream);
  clearerr(stream);
  stream->_flags &= ~(kNoReads | kNoWrites);
  const bool both = std::strchr(mode, '+') != nullptr;
  if (!both) stream->_flags |= *mode == 'r' ? kNoWrites : kNoReads;
  if (*mode != 'a') fseeko(stream, 0, SEEK_SET);
}

}  // namespace

FILE* reopen(const char* path, const char* mode, int flags, FILE* stream) {
  const int fd = fileno(stream);
  fflush(stream);
  if (path == nullptr) return stream;  // another mode: that of the descriptor counts
  const long opened = flags >= 0 ? calls::openat(AT_FDCWD, path, flags, 0666) : -EINVAL;
  if (is_error(opened)) return fail(stream, static_cast<int>(-opened));
  const int number = static_cast<int>(opened);
  const bool can_follow = cookie_stream_fd(stream) == fd || fd <= STDERR_FILENO;
  if (!can_follow && descriptors::kernel_fd(number) >= 0) {
    calls::close(number);
    return fail(stream, ENOTSUP);
  }
  const long moved = number == fd ? fd : calls::dup3(number, fd, flags & O_CLOEXEC);
  if (number != fd) calls::close(number);
  if (is_error(moved)) return fail(stream, static_cast<int>(-moved));
  FILE* const now = stream_on(fd, stream);
  start_anew(now, mode);
  return now;
}

}  // namespace farcall::shim
