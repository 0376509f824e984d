#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdarg>

#include "catch.h"
#include "shim/calls/calls.h"
#include "shim/descriptors/descriptors.h"
#include "shim/host/libc.h"

using namespace farcall::shim;

namespace {

/// What a terminal function answers for a kernel descriptor; 0 when the descriptor is the host's.
int not_a_terminal(int fd) { return descriptors::kernel_fd(fd) >= 0 ? ENOTTY : 0; }

int fail(int error) {
  errno = error;
  return -1;
}

}  // namespace

FARCALL_CATCH int dup(int fd) noexcept { return int_ret(calls::dup(fd)); }

FARCALL_CATCH int dup2(int from, int to) noexcept { return int_ret(calls::dup2(from, to)); }
FARCALL_ALIAS(__dup2, dup2);

FARCALL_CATCH int dup3(int from, int to, int flags) noexcept {
  return int_ret(calls::dup3(from, to, flags));
}

FARCALL_CATCH int close(int fd) { return int_ret(calls::close(fd)); }
FARCALL_ALIAS(__close, close);

FARCALL_CATCH int close_range(unsigned first, unsigned last, int flags) noexcept {
  return int_ret(calls::close_range(first, last, static_cast<unsigned>(flags)));
}

FARCALL_CATCH void closefrom(int lowest) noexcept {
  calls::close_range(static_cast<unsigned>(lowest > 0 ? lowest : 0), ~0U, 0);
}

FARCALL_CATCH int fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const auto argument = va_arg(arguments, unsigned long);
  va_end(arguments);
  return int_ret(calls::fcntl(fd, command, argument));
}
FARCALL_ALIAS(fcntl64, fcntl);
FARCALL_ALIAS(__fcntl, fcntl);
FARCALL_ALIAS(__libc_fcntl64, fcntl);

FARCALL_CATCH int ioctl(int fd, unsigned long request, ...) noexcept {
  va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  return int_ret(calls::ioctl(fd, request, argument));
}

FARCALL_CATCH int sockatmark(int fd) noexcept {
  int answer = 0;
  constexpr unsigned long kAtMark = 0x8905;  // SIOCATMARK
  const int status = int_ret(calls::ioctl(fd, kAtMark, &answer));
  return status < 0 ? status : answer;
}

FARCALL_CATCH int isatty(int fd) noexcept {
  if (const int error = not_a_terminal(fd)) {
    errno = error;
    return 0;
  }
  return host::libc().isatty(fd);
}

FARCALL_CATCH char* ttyname(int fd) noexcept {
  if (const int error = not_a_terminal(fd)) {
    errno = error;
    return nullptr;
  }
  return host::libc().ttyname(fd);
}

FARCALL_CATCH int ttyname_r(int fd, char* name, size_t size) noexcept {
  const int error = not_a_terminal(fd);
  return error != 0 ? error : host::libc().ttyname_r(fd, name, size);
}

FARCALL_CATCH int __ttyname_r_chk(int fd, char* name, size_t size, size_t available) noexcept {
  check_size(size, available);
  return ttyname_r(fd, name, size);
}

FARCALL_CATCH int tcgetattr(int fd, termios* attributes) noexcept {
  const int error = not_a_terminal(fd);
  return error != 0 ? fail(error) : host::libc().tcgetattr(fd, attributes);
}

FARCALL_CATCH int tcsetattr(int fd, int actions, const termios* attributes) noexcept {
  const int error = not_a_terminal(fd);
  return error != 0 ? fail(error) : host::libc().tcsetattr(fd, actions, attributes);
}
