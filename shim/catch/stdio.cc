#include <stdio.h>
#include <stdlib.h>

#include <cstdarg>
#include <cstring>

#include "catch.h"
#include "shim/calls/calls.h"
#include "shim/calls/paths.h"
#include "shim/descriptors/descriptors.h"
#include "shim/host/libc.h"
#include "shim/stdio/cookie_stream.h"
#include "shim/stdio/reopen.h"

using namespace farcall::shim;

namespace {

/// open(2)'s flags for fopen(3)'s mode; -1 when there is no such mode.
int flags_of(const char* mode) {
  int flags = 0;
  switch (*mode) {
    case 'r':
      flags = O_RDONLY;
      break;
    case 'w':
      flags = O_WRONLY | O_CREAT | O_TRUNC;
      break;
    case 'a':
      flags = O_WRONLY | O_CREAT | O_APPEND;
      break;
    default:
      return -1;
  }
  if (std::strchr(mode, '+') != nullptr) flags = (flags & ~O_ACCMODE) | O_RDWR;
  if (std::strchr(mode, 'e') != nullptr) flags |= O_CLOEXEC;
  if (std::strchr(mode, 'x') != nullptr) flags |= O_EXCL;
  return flags;
}

FILE* open_ours(const char* path, const char* mode) {
  const int flags = mode != nullptr ? flags_of(mode) : -1;
  const int fd = int_ret(flags >= 0 ? calls::openat(AT_FDCWD, path, flags, 0666) : -EINVAL);
  if (fd < 0) return nullptr;
  FILE* stream = fdopen(fd, mode);
  if (stream == nullptr) calls::close(fd);
  return stream;
}

int print_to_kernel(int fd, const char* format, va_list arguments) {
  char* text = nullptr;
  const int size = vasprintf(&text, format, arguments);
  int done = 0;
  while (size > 0 && done < size) {
    const long put = sysret(calls::write(fd, text + done, static_cast<size_t>(size - done)));
    if (put < 0) break;
    done += static_cast<int>(put);
  }
  if (size >= 0) free(text);
  return size >= 0 && done < size ? -1 : size;
}

}  // namespace

FARCALL_CATCH FILE* fdopen(int fd, const char* mode) noexcept {
  return descriptors::kernel_fd(fd) >= 0 ? open_cookie_stream(fd, mode)
                                         : host::libc().fdopen(fd, mode);
}
FARCALL_ALIAS(_IO_fdopen, fdopen);

FARCALL_CATCH FILE* fopen(const char* path, const char* mode) {
  return calls::place_of(path).kind == calls::PathKind::host ? host::libc().fopen(path, mode)
                                                             : open_ours(path, mode);
}
FARCALL_ALIAS(fopen64, fopen);
FARCALL_ALIAS(_IO_fopen, fopen);

FARCALL_CATCH FILE* freopen(const char* path, const char* mode, FILE* stream) {
  const bool is_hosts = path == nullptr || calls::place_of(path).kind == calls::PathKind::host;
  if (is_hosts && cookie_stream_fd(stream) < 0) return host::libc().freopen(path, mode, stream);
  return reopen(path, mode, flags_of(mode), stream);
}
FARCALL_ALIAS(freopen64, freopen);

FARCALL_CATCH int fileno(FILE* stream) noexcept {
  const int fd = cookie_stream_fd(stream);
  return fd >= 0 ? fd : host::libc().fileno(stream);
}
FARCALL_ALIAS(fileno_unlocked, fileno);

FARCALL_CATCH int vdprintf(int fd, const char* format, va_list arguments) {
  return descriptors::kernel_fd(fd) >= 0 ? print_to_kernel(fd, format, arguments)
                                         : host::libc().vdprintf(fd, format, arguments);
}

FARCALL_CATCH int __vdprintf_chk(int fd, int, const char* format, va_list arguments) {
  return vdprintf(fd, format, arguments);
}

FARCALL_CATCH int dprintf(int fd, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int size = vdprintf(fd, format, arguments);
  va_end(arguments);
  return size;
}

FARCALL_CATCH int __dprintf_chk(int fd, int, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int size = vdprintf(fd, format, arguments);
  va_end(arguments);
  return size;
}
