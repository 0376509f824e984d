// Descriptors: close(2), dup(2), fcntl(2).
#include "kernel/core/uio.h"
#include "kernel/syscalls/support.h"

namespace farcall::kernel {
namespace {

// What F_SETFL may change.
constexpr int kSettableFlags =
    NB_O_NONBLOCK | NB_O_APPEND | NB_O_ASYNC | NB_O_SYNC | NB_O_DSYNC | NB_O_RSYNC | NB_O_NOSIGPIPE;

DescriptorTable& table() { return *current_process().descriptors; }

SyscallResult duplicate(int fd, int minimum, bool close_on_exec) {
  FARCALL_ASSIGN(auto file, file_of(fd));
  if (minimum < 0 || static_cast<std::size_t>(minimum) >= table().limit) return Error{NB_EINVAL};
  FARCALL_ASSIGN(int copy, table().allocate(std::move(file), minimum, close_on_exec));
  return Returned(copy);
}

SyscallResult set_status_flags(File& file, int flags) {
  file.flags = (file.flags & ~kSettableFlags) | (flags & kSettableFlags);
  return Returned();
}

SyscallResult set_no_sigpipe(File& file, bool on) {
  file.flags = on ? file.flags | NB_O_NOSIGPIPE : file.flags & ~NB_O_NOSIGPIPE;
  return Returned();
}

SyscallResult owner(File& file, unsigned long command, int value) {
  FARCALL_TRY(file.ioctl(command, &value));
  return Returned(value);
}

// The commands that act on the file that a descriptor refers to.
SyscallResult fcntl_file(File& file, int command, int value) {
  switch (command) {
    case NB_F_GETFL:
      return Returned(file.flags & (NB_O_ACCMODE | kSettableFlags));
    case NB_F_SETFL:
      return set_status_flags(file, value);
    case NB_F_GETNOSIGPIPE:
      return Returned((file.flags & NB_O_NOSIGPIPE) != 0 ? 1 : 0);
    case NB_F_SETNOSIGPIPE:
      return set_no_sigpipe(file, value != 0);
    case NB_F_GETOWN:
      return owner(file, NB_FIOGETOWN, 0);
    case NB_F_SETOWN:
      return owner(file, NB_FIOSETOWN, value);
    default:
      return Error{NB_EINVAL};
  }
}

}  // namespace

SyscallResult sys_close(const Args& args) { return done(table().close(args.integer(0))); }

SyscallResult sys_dup(const Args& args) { return duplicate(args.integer(0), 0, false); }

SyscallResult sys_dup2(const Args& args) {
  int from = args.integer(0), to = args.integer(1);
  FARCALL_ASSIGN(auto file, file_of(from));
  if (from != to) FARCALL_TRY(table().install(to, std::move(file), false));
  return Returned(to);
}

SyscallResult sys_dup3(const Args& args) {
  int from = args.integer(0), to = args.integer(1), flags = args.integer(2);
  constexpr int kKnown = NB_O_CLOEXEC | NB_O_NONBLOCK | NB_O_NOSIGPIPE;
  if ((flags & ~kKnown) != 0) return Error{NB_EINVAL};
  FARCALL_ASSIGN(auto file, file_of(from));
  file->flags |= flags & (NB_O_NONBLOCK | NB_O_NOSIGPIPE);
  bool close_on_exec = (flags & NB_O_CLOEXEC) != 0;
  if (from == to) return done(table().set_close_on_exec(to, close_on_exec));
  FARCALL_TRY(table().install(to, std::move(file), close_on_exec));
  return Returned(to);
}

SyscallResult sys_fcntl(const Args& args) {
  int fd = args.integer(0), command = args.integer(1), value = args.integer(2);
  switch (command) {
    case NB_F_DUPFD:
      return duplicate(fd, value, false);
    case NB_F_DUPFD_CLOEXEC:
      return duplicate(fd, value, true);
    case NB_F_GETFD: {
      FARCALL_ASSIGN(bool on, table().close_on_exec(fd));
      return Returned(on ? NB_FD_CLOEXEC : 0);
    }
    case NB_F_SETFD:
      return done(table().set_close_on_exec(fd, (value & NB_FD_CLOEXEC) != 0));
    case NB_F_CLOSEM:
      if (fd < 0) return Error{NB_EBADF};
      table().close_from(fd);
      return Returned();
    case NB_F_MAXFD:
      return Returned(table().highest());
    default: {
      FARCALL_ASSIGN(auto file, file_of(fd));
      return fcntl_file(*file, command, value);
    }
  }
}

}  // namespace farcall::kernel
