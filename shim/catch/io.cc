#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "catch.h"
#include "shim/calls/calls.h"

using namespace farcall::shim;

FARCALL_CATCH ssize_t read(int fd, void* data, size_t size) {
  return host_first(host::libc_functions.read, calls::read, fd, data, size);
}
FARCALL_ALIAS(__read, read);

FARCALL_CATCH ssize_t __read_chk(int fd, void* data, size_t size, size_t available) {
  check_size(size, available);
  return read(fd, data, size);
}

FARCALL_CATCH ssize_t write(int fd, const void* data, size_t size) {
  return host_first(host::libc_functions.write, calls::write, fd, data, size);
}
FARCALL_ALIAS(__write, write);

FARCALL_CATCH ssize_t readv(int fd, const iovec* vectors, int count) {
  return host_first(host::libc_functions.readv, calls::readv, fd, vectors, count);
}

FARCALL_CATCH ssize_t writev(int fd, const iovec* vectors, int count) {
  return host_first(host::libc_functions.writev, calls::writev, fd, vectors, count);
}

FARCALL_CATCH ssize_t pread(int fd, void* data, size_t size, off_t offset) {
  return host_first(host::libc_functions.pread, calls::pread, fd, data, size, offset);
}
FARCALL_ALIAS(pread64, pread);
FARCALL_ALIAS(__pread64, pread);
FARCALL_ALIAS(__libc_pread, pread);

FARCALL_CATCH ssize_t __pread_chk(int fd, void* data, size_t size, off_t offset, size_t available) {
  check_size(size, available);
  return pread(fd, data, size, offset);
}
FARCALL_ALIAS(__pread64_chk, __pread_chk);

FARCALL_CATCH ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  return host_first(host::libc_functions.pwrite, calls::pwrite, fd, data, size, offset);
}
FARCALL_ALIAS(pwrite64, pwrite);
FARCALL_ALIAS(__pwrite64, pwrite);
FARCALL_ALIAS(__libc_pwrite, pwrite);

FARCALL_CATCH ssize_t preadv(int fd, const iovec* vectors, int count, off_t offset) {
  return host_first(host::libc_functions.preadv, calls::preadv, fd, vectors, count, offset);
}
FARCALL_ALIAS(preadv64, preadv);

FARCALL_CATCH ssize_t pwritev(int fd, const iovec* vectors, int count, off_t offset) {
  return host_first(host::libc_functions.pwritev, calls::pwritev, fd, vectors, count, offset);
}
FARCALL_ALIAS(pwritev64, pwritev);

FARCALL_CATCH ssize_t preadv2(int fd, const iovec* vectors, int count, off_t offset, int flags) {
  return sysret(calls::preadv2(fd, vectors, count, offset, flags));
}
FARCALL_ALIAS(preadv64v2, preadv2);

FARCALL_CATCH ssize_t pwritev2(int fd, const iovec* vectors, int count, off_t offset, int flags) {
  return sysret(calls::pwritev2(fd, vectors, count, offset, flags));
}
FARCALL_ALIAS(pwritev64v2, pwritev2);

FARCALL_CATCH off_t lseek(int fd, off_t offset, int whence) noexcept {
  return sysret(calls::lseek(fd, offset, whence));
}
FARCALL_ALIAS(lseek64, lseek);
FARCALL_ALIAS(llseek, lseek);
FARCALL_ALIAS(__lseek, lseek);

FARCALL_CATCH int fsync(int fd) { return int_ret(calls::fsync(fd)); }

FARCALL_CATCH int fdatasync(int fd) { return int_ret(calls::fdatasync(fd)); }

FARCALL_CATCH int ftruncate(int fd, off_t length) noexcept {
  return int_ret(calls::ftruncate(fd, length));
}
FARCALL_ALIAS(ftruncate64, ftruncate);

FARCALL_CATCH ssize_t sendfile(int to, int from, off_t* offset, size_t count) noexcept {
  return sysret(calls::sendfile(to, from, offset, count));
}
FARCALL_ALIAS(sendfile64, sendfile);

FARCALL_CATCH ssize_t splice(int from, off64_t* from_offset, int to, off64_t* to_offset,
                             size_t size, unsigned flags) {
  return sysret(calls::splice(from, from_offset, to, to_offset, size, flags));
}

FARCALL_CATCH ssize_t tee(int from, int to, size_t size, unsigned flags) {
  return sysret(calls::tee(from, to, size, flags));
}

FARCALL_CATCH ssize_t vmsplice(int fd, const iovec* vectors, size_t count, unsigned flags) {
  return sysret(calls::vmsplice(fd, vectors, count, flags));
}

FARCALL_CATCH ssize_t copy_file_range(int from, off64_t* from_offset, int to, off64_t* to_offset,
                                      size_t size, unsigned flags) {
  return sysret(calls::copy_file_range(from, from_offset, to, to_offset, size, flags));
}
