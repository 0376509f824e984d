// Console output, which goes to standard error.
//
// The CPU is kept: the kernel prints from places where it cannot give it up.
#include "console.h"

#include <unistd.h>

#include <cstdarg>
#include <cstdio>

#include "rump/rumpuser.h"

namespace farcall::hypercall {
namespace {

/// Collects characters into lines, so that a line is one write and lines of several threads do not
/// mix. The host flushes it as the process exits.
std::FILE* console() {
  static std::FILE* const instance = [] {
    std::FILE* const lines = ::fdopen(STDERR_FILENO, "w");
    if (lines == nullptr) return stderr;  // closed: what is written goes nowhere
    std::setvbuf(lines, nullptr, _IOLBF, BUFSIZ);
    return lines;
  }();
  return instance;
}

}  // namespace

void flush_console() { std::fflush(console()); }

}  // namespace farcall::hypercall

void rumpuser_putchar(int c) { std::putc(c, farcall::hypercall::console()); }

void rumpuser_dprintf(const char* format, ...) {
  va_list args;
  va_start(args, format);
  std::vfprintf(stderr, format, args);
  va_end(args);
}
