#include "cookie_stream.h"

#include <stdlib.h>

#include <atomic>
#include <mutex>

#include "shim/calls/calls.h"
#include "shim/host/errno.h"

namespace farcall::shim {

namespace {

struct CookieStream {
  int fd;
  FILE* stream;
  CookieStream* next;
};

constinit std::mutex mutex;  // guards the list; nothing is called under it
constinit CookieStream* streams = nullptr;
constinit std::atomic<int> count{0};

int fd_of(void* cookie) { return static_cast<CookieStream*>(cookie)->fd; }

ssize_t read_cookie(void* cookie, char* data, size_t size) {
  return sysret(calls::read(fd_of(cookie), data, size));
}

/// fopencookie(3) takes anything short of `size` for an error.
ssize_t write_cookie(void* cookie, const char* data, size_t size) {
  size_t done = 0;
  while (done < size) {
    const long put = sysret(calls::write(fd_of(cookie), data + done, size - done));
    if (put < 0) break;
    done += static_cast<size_t>(put);
  }
  return static_cast<ssize_t>(done);
}

int seek_cookie(void* cookie, off64_t* offset, int whence) {
  const long position = sysret(calls::lseek(fd_of(cookie), *offset, whence));
  if (position < 0) return -1;
  *offset = position;
  return 0;
}

void unlink_stream(CookieStream* stream) {
  const std::lock_guard lock(mutex);
  for (CookieStream** link = &streams; *link != nullptr; link = &(*link)->next) {
    if (*link != stream) continue;
    *link = stream->next;
    count.fetch_sub(1, std::memory_order_release);
    return;
  }
}

int close_cookie(void* cookie) {
  auto* stream = static_cast<CookieStream*>(cookie);
  const int fd = stream->fd;
  unlink_stream(stream);
  free(stream);
  return static_cast<int>(sysret(calls::close(fd)));
}

bool is_mode(const char* mode) {
  return mode != nullptr && (*mode == 'r' || *mode == 'w' || *mode == 'a');
}

}  // namespace

FILE* open_cookie_stream(int fd, const char* mode) {
  if (!is_mode(mode)) {
    errno = EINVAL;
    return nullptr;
  }
  auto* stream = static_cast<CookieStream*>(malloc(sizeof(CookieStream)));
  if (stream == nullptr) return nullptr;
  *stream = {fd, nullptr, nullptr};
  const cookie_io_functions_t functions{read_cookie, write_cookie, seek_cookie, close_cookie};
  stream->stream = fopencookie(stream, mode, functions);
  if (stream->stream == nullptr) {
    free(stream);
    return nullptr;
  }
  const std::lock_guard lock(mutex);
  stream->next = streams;
  streams = stream;
  count.fetch_add(1, std::memory_order_release);
  return stream->stream;
}

int cookie_stream_fd(FILE* stream) {
  if (count.load(std::memory_order_acquire) == 0) return -1;
  const std::lock_guard lock(mutex);
  for (const CookieStream* each = streams; each != nullptr; each = each->next) {
    if (each->stream == stream) return each->fd;
  }
  return -1;
}

}  // namespace farcall::shim
