// Console output, which goes to standard error.
//
// The CPU is kept: the kernel prints from places where it cannot give it up.
#include "console.h"

#include <unistd.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>

#include "rump/rumpuser.h"

namespace farcall::hypercall {
namespace {

/// Collects characters into lines, so that a line is one write and lines of several threads do not
/// mix.
class Console {
 public:
  void put(char c) {
    std::lock_guard lock(mutex_);
    line_[used_++] = c;
    if (c == '\n' || used_ == line_.size()) write_line();
  }
  void flush() {
    std::lock_guard lock(mutex_);
    write_line();
  }

 private:
  void write_line() {
    // A console that cannot be written to has nobody to complain to.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line_.data(), used_);
    used_ = 0;
  }

  std::mutex mutex_;
  std::array<char, 256> line_;
  std::size_t used_ = 0;
};

/// Never destroyed: threads of the kernel print while the process exits.
Console& console() {
  static Console& instance = *new Console;
  return instance;
}

}  // namespace

void flush_console() { console().flush(); }

}  // namespace farcall::hypercall

void rumpuser_putchar(int c) { farcall::hypercall::console().put(static_cast<char>(c)); }

void rumpuser_dprintf(const char* format, ...) {
  va_list args;
  va_start(args, format);
  std::vfprintf(stderr, format, args);
  va_end(args);
}
