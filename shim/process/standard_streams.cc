#include "standard_streams.h"

#include <stdio.h>
#include <unistd.h>

#include "shim/descriptors/descriptors.h"
#include "shim/stdio/cookie_stream.h"

namespace farcall::shim::process {

namespace {

struct StandardStream {
  int fd;
  FILE** variable;
  const char* mode;
  int buffering;
};

}  // namespace

void adopt_standard_streams() {
  const StandardStream all[] = {{STDIN_FILENO, &stdin, "r", _IOFBF},
                                {STDOUT_FILENO, &stdout, "w", _IOFBF},
                                {STDERR_FILENO, &stderr, "w", _IONBF}};
  for (const StandardStream& each : all) {
    if (descriptors::kernel_fd(each.fd) < 0) continue;
    FILE* stream = open_cookie_stream(each.fd, each.mode);
    if (stream == nullptr) continue;
    setvbuf(stream, nullptr, each.buffering, BUFSIZ);
    *each.variable = stream;
  }
}

}  // namespace farcall::shim::process
