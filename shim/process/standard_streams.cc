#include "standard_streams.h"

#include <stdio.h>
#include <stdio_ext.h>
#include <unistd.h>

#include <array>

#include "shim/descriptors/descriptors.h"
#include "shim/host/errno.h"
#include "shim/stdio/cookie_stream.h"

namespace farcall::shim::process {

namespace {

struct StandardStream {
  FILE** variable;
  const char* mode;
};
constinit std::array<StandardStream, 3> standard_streams{
    {{&stdin, "r"}, {&stdout, "w"}, {&stderr, "w"}}};

/// What the program has written and not flushed belongs to whatever the descriptor stands for when
/// it is flushed.
void move_pending(FILE* from, FILE* to) {
  const size_t pending = __fpending(from);
  if (pending == 0) return;
  fwrite_unlocked(from->_IO_write_base, 1, pending, to);
  __fpurge(from);
}

int buffering_of(FILE* stream, int fd) {
  constexpr int kUnbuffered = 2;  // libc's flag in FILE
  if (fd == STDERR_FILENO || (stream->_flags & kUnbuffered) != 0) return _IONBF;
  return __flbf(stream) != 0 ? _IOLBF : _IOFBF;
}

void replace(int fd) {
  const StandardStream& standard = standard_streams[static_cast<std::size_t>(fd)];
  FILE* old = *standard.variable;
  if (old == nullptr || cookie_stream_fd(old) == fd) return;
  const ErrnoKeeper keeper;
  FILE* stream = open_cookie_stream(fd, standard.mode);
  if (stream == nullptr) return;
  setvbuf(stream, nullptr, buffering_of(old, fd), BUFSIZ);
  if (fd != STDIN_FILENO) move_pending(old, stream);
  *standard.variable = stream;
}

}  // namespace

void follow_standard_streams() {
  descriptors::on_standard(replace);
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (descriptors::kernel_fd(fd) >= 0) replace(fd);
  }
}

}  // namespace farcall::shim::process
