// Reading and writing: read(2), write(2) and their relatives, lseek(2), fsync(2), ftruncate(2),
// fstat(2).
#include "kernel/core/uio.h"
#include "kernel/syscalls/support.h"

namespace farcall::kernel {
namespace {

Result<Uio> buffer_argument(const Args& args) {
  if (args.address(2) > kMaxTransfer) return Error{NB_EINVAL};
  return Uio::single(args.address(1), args.address(2));
}

Result<Uio> iovec_argument(const Args& args) {
  if (args.integer(2) < 0) return Error{NB_EINVAL};
  return Uio::copyin_iovecs(args.address(1), static_cast<std::size_t>(args.integer(2)));
}

Result<Ref<File>> readable_file(int fd) {
  FARCALL_ASSIGN(auto file, file_of(fd));
  if (!file->readable()) return Error{NB_EBADF};
  return file;
}

Result<Ref<File>> writable_file(int fd) {
  FARCALL_ASSIGN(auto file, file_of(fd));
  if (!file->writable()) return Error{NB_EBADF};
  return file;
}

using MakeUio = Result<Uio> (*)(const Args&);

SyscallResult read_with(const Args& args, MakeUio make_uio) {
  FARCALL_ASSIGN(auto file, readable_file(args.integer(0)));
  FARCALL_ASSIGN(auto uio, make_uio(args));
  return counted(file->read(uio));
}

SyscallResult write_with(const Args& args, MakeUio make_uio) {
  FARCALL_ASSIGN(auto file, writable_file(args.integer(0)));
  FARCALL_ASSIGN(auto uio, make_uio(args));
  auto result = file->write(uio);
  raise_if_broken_pipe(result, *file, 0);
  return counted(result);
}

// Slot 3 pads; the offset follows.
SyscallResult read_at_with(const Args& args, MakeUio make_uio) {
  FARCALL_ASSIGN(auto file, readable_file(args.integer(0)));
  FARCALL_ASSIGN(auto uio, make_uio(args));
  return counted(file->read_at(uio, args.wide(4)));
}

SyscallResult write_at_with(const Args& args, MakeUio make_uio) {
  FARCALL_ASSIGN(auto file, writable_file(args.integer(0)));
  FARCALL_ASSIGN(auto uio, make_uio(args));
  return counted(file->write_at(uio, args.wide(4)));
}

}  // namespace

SyscallResult sys_read(const Args& args) { return read_with(args, buffer_argument); }
SyscallResult sys_readv(const Args& args) { return read_with(args, iovec_argument); }
SyscallResult sys_write(const Args& args) { return write_with(args, buffer_argument); }
SyscallResult sys_writev(const Args& args) { return write_with(args, iovec_argument); }
SyscallResult sys_pread(const Args& args) { return read_at_with(args, buffer_argument); }
SyscallResult sys_preadv(const Args& args) { return read_at_with(args, iovec_argument); }
SyscallResult sys_pwrite(const Args& args) { return write_at_with(args, buffer_argument); }
SyscallResult sys_pwritev(const Args& args) { return write_at_with(args, iovec_argument); }

SyscallResult sys_lseek(const Args& args) {
  FARCALL_ASSIGN(auto file, file_of(args.integer(0)));
  FARCALL_ASSIGN(auto offset, file->seek(args.wide(2), args.integer(3)));
  return Returned(offset);
}

SyscallResult sys_ftruncate(const Args& args) {
  FARCALL_ASSIGN(auto file, writable_file(args.integer(0)));
  return done(file->truncate(args.wide(2)));
}

SyscallResult sys_fsync(const Args& args) {
  FARCALL_ASSIGN(auto file, file_of(args.integer(0)));
  return done(file->sync());
}

SyscallResult sys_fdatasync(const Args& args) { return sys_fsync(args); }

SyscallResult sys_fstat50(const Args& args) {
  FARCALL_ASSIGN(auto file, file_of(args.integer(0)));
  FARCALL_ASSIGN(auto stat, file->stat());
  return done(copyout_value(stat, args.address(1)));
}

}  // namespace farcall::kernel
