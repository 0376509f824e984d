// pipe(2) and pipe2(2).
#include "kernel/ipc/pipe.h"

#include "kernel/core/uio.h"
#include "kernel/syscalls/support.h"

namespace farcall::kernel {
namespace {

struct Descriptors {
  int read, write;
};

Result<Descriptors> open_pipe(int flags) {
  constexpr int kKnown = NB_O_CLOEXEC | NB_O_NONBLOCK | NB_O_NOSIGPIPE;
  if ((flags & ~kKnown) != 0) return Error{NB_EINVAL};
  bool close_on_exec = (flags & NB_O_CLOEXEC) != 0;
  PipeEnds ends = pipe_create(flags & (NB_O_NONBLOCK | NB_O_NOSIGPIPE));
  auto& table = *current_process().descriptors;
  FARCALL_ASSIGN(int read, table.allocate(ends.read, 0, close_on_exec));
  auto write = table.allocate(ends.write, 0, close_on_exec);
  if (write.ok()) return Descriptors{read, *write};
  (void)table.close(read);
  return write.error();
}

}  // namespace

SyscallResult sys_pipe(const Args&) {
  FARCALL_ASSIGN(auto pipe, open_pipe(0));
  return Returned(pipe.read, pipe.write);
}

SyscallResult sys_pipe2(const Args& args) {
  FARCALL_ASSIGN(auto pipe, open_pipe(args.integer(1)));
  int fds[2] = {pipe.read, pipe.write};
  auto copied = copyout(fds, args.address(0), sizeof fds);
  if (copied.ok()) return Returned();
  auto& table = *current_process().descriptors;
  (void)table.close(pipe.read);
  (void)table.close(pipe.write);
  return copied.error();
}

}  // namespace farcall::kernel
