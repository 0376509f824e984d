#include "spawn_actions.h"

#include <limits.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <span>

#include "shim/calls/calls.h"
#include "shim/calls/paths.h"
#include "shim/calls/working_directory.h"
#include "shim/descriptors/descriptors.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"

namespace farcall::shim::process {

namespace {

/// An action as glibc keeps it since 2.29; new kinds are added behind.
enum class Kind : int { close, dup2, open, chdir, fchdir, close_from, foreground };

struct Duplication {
  int from;
  int to;
};

struct Opening {
  int fd;
  const char* path;
  int flags;
  mode_t mode;
};

struct Action {
  Kind kind;
  union {
    int fd;  // close, fchdir, close_from, foreground
    Duplication dup2;
    Opening open;
    const char* directory;  // chdir
  };
};
static_assert(sizeof(Action) == 32 && alignof(Action) == 8);

std::span<const Action> list_of(const posix_spawn_file_actions_t* actions) {
  if (actions == nullptr || actions->__used <= 0) return {};
  return {reinterpret_cast<const Action*>(actions->__actions),
          static_cast<std::size_t>(actions->__used)};
}

bool is_kernel_path(const char* path) { return calls::place_of(path).is_kernel(); }

bool concerns_kernel(const Action& action) {
  switch (action.kind) {
    case Kind::open:
      return is_kernel_path(action.open.path);
    case Kind::chdir:
      return calls::working_directory::is_kernel() || is_kernel_path(action.directory);
    case Kind::fchdir:
      return calls::working_directory::is_kernel() || descriptors::kernel_fd(action.fd) >= 0;
    default:
      return false;
  }
}

long open_as(int fd, const char* path, int flags, mode_t mode) {
  calls::close(fd);
  const long opened = calls::openat(AT_FDCWD, path, flags, mode);
  if (is_error(opened) || opened == fd) return opened;
  const long moved = calls::dup2(static_cast<int>(opened), fd);
  calls::close(static_cast<int>(opened));
  return moved;
}

/// Onto itself: as POSIX has it, the descriptor then stays open across exec.
long duplicate(int from, int to) {
  return from == to ? calls::fcntl(from, F_SETFD, 0) : calls::dup2(from, to);
}

long make_foreground(int fd) {
  const pid_t group = getpgrp();
  return host::raw(SYS_ioctl, fd, TIOCSPGRP, &group);
}

long carry_out_one(const Action& action) {
  switch (action.kind) {
    case Kind::close:
      calls::close(action.fd);  // closed already is as good
      return 0;
    case Kind::dup2:
      return duplicate(action.dup2.from, action.dup2.to);
    case Kind::open:
      return open_as(action.open.fd, action.open.path, action.open.flags, action.open.mode);
    case Kind::chdir:
      return calls::chdir(action.directory);
    case Kind::fchdir:
      return calls::fchdir(action.fd);
    case Kind::close_from:
      return calls::close_range(static_cast<unsigned>(action.fd), UINT_MAX, 0);
    case Kind::foreground:
      return make_foreground(action.fd);
  }
  return -EINVAL;
}

}  // namespace

bool concern_kernel(const posix_spawn_file_actions_t* actions) {
  return std::ranges::any_of(list_of(actions), concerns_kernel);
}

long carry_out(const posix_spawn_file_actions_t* actions) {
  for (const Action& action : list_of(actions)) {
    const long result = carry_out_one(action);
    if (is_error(result)) return result;
  }
  return 0;
}

}  // namespace farcall::shim::process
