// Linux's system calls for a program with descriptors of both sides: the host's numbers of
// arguments and meanings, the raw convention for results (a value >= 0 or -errno). Behind libc's
// names (catch/) and behind syscall(2) alike.
//
// Pointers come from the program. Each function is as async-signal-safe as the system call where
// the descriptor is the host's.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <time.h>

#include <cstddef>

namespace farcall::shim::calls {

// -- input and output --
long read(int fd, void* data, size_t size);
long write(int fd, const void* data, size_t size);
long readv(int fd, const iovec* vectors, int count);
long writev(int fd, const iovec* vectors, int count);
long pread(int fd, void* data, size_t size, off_t offset);
long pwrite(int fd, const void* data, size_t size, off_t offset);
long preadv(int fd, const iovec* vectors, int count, off_t offset);
long pwritev(int fd, const iovec* vectors, int count, off_t offset);
/// RWF_ flags have no meaning for the kernel: -EOPNOTSUPP there.
long preadv2(int fd, const iovec* vectors, int count, off_t offset, int flags);
long pwritev2(int fd, const iovec* vectors, int count, off_t offset, int flags);
long lseek(int fd, off_t offset, int whence);
long fsync(int fd);
long fdatasync(int fd);
long ftruncate(int fd, off_t length);
/// By copying where one is the kernel's; -EINVAL from a kernel descriptor that has no positions.
long sendfile(int to, int from, off_t* offset, size_t count);
/// -EOPNOTSUPP for the kernel's.
long fallocate(int fd, int mode, off_t offset, off_t length);
/// Writes zeros where there is nothing yet. 0 or -errno.
long posix_fallocate(int fd, off_t offset, off_t length);
/// Advice is not for the kernel: 0 there.
long fadvise64(int fd, off_t offset, off_t length, int advice);
long sync_file_range(int fd, off_t offset, off_t length, unsigned flags);
/// -EINVAL where a descriptor is the kernel's: programs then copy by themselves.
long splice(int from, off64_t* from_offset, int to, off64_t* to_offset, size_t size,
            unsigned flags);
long tee(int from, int to, size_t size, unsigned flags);
long vmsplice(int fd, const iovec* vectors, size_t count, unsigned flags);
/// -EXDEV between the kernel and the host, -EOPNOTSUPP inside the kernel.
long copy_file_range(int from, off64_t* from_offset, int to, off64_t* to_offset, size_t size,
                     unsigned flags);

// -- mappings --
/// Of a file of the kernel: a copy of it in memory, as long as the file is now. What is written to
/// a shared one is written to the file later (mappings/shared_mappings.h). -ENODEV for a shared
/// mapping of a file that the program has locked: it means to share it with other processes.
long mmap(void* address, size_t length, int protection, int flags, int fd, off_t offset);
long munmap(void* address, size_t length);
long msync(void* address, size_t length, int flags);
/// -EINVAL for a shared mapping of a file of the kernel with MREMAP_DONTUNMAP or no old size.
long mremap(void* old_address, size_t old_size, size_t new_size, int flags, void* new_address);

/// Writes to the files what was written to shared mappings of them.
[[noreturn]] long exit_group(int status);

// -- sockets --
long socket(int domain, int type, int protocol);
long socketpair(int domain, int type, int protocol, int fds[2]);
long accept4(int fd, sockaddr* address, socklen_t* length, int flags);
long bind(int fd, const sockaddr* address, socklen_t length);
long connect(int fd, const sockaddr* address, socklen_t length);
long listen(int fd, int backlog);
long shutdown(int fd, int how);
long getsockname(int fd, sockaddr* address, socklen_t* length);
long getpeername(int fd, sockaddr* address, socklen_t* length);
long getsockopt(int fd, int level, int name, void* value, socklen_t* length);
long setsockopt(int fd, int level, int name, const void* value, socklen_t length);
long sendto(int fd, const void* data, size_t size, int flags, const sockaddr* to, socklen_t length);
long recvfrom(int fd, void* data, size_t size, int flags, sockaddr* from, socklen_t* length);
long sendmsg(int fd, const msghdr* message, int flags);
long recvmsg(int fd, msghdr* message, int flags);
long sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags);
long recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags, timespec* timeout);

// -- descriptors --
long dup(int fd);
long dup2(int from, int to);
long dup3(int from, int to, int flags);
long close(int fd);
long close_range(unsigned first, unsigned last, unsigned flags);
long fcntl(int fd, int command, unsigned long argument);
/// Interface requests on a host socket are the kernel's, too, when the program's network is: Linux
/// takes them on any socket, and programs like to use a local one.
long ioctl(int fd, unsigned long request, void* argument);

// -- files --
long openat(int directory, const char* path, int flags, mode_t mode);
/// -ENOSYS for what is not the host's.
long openat2(int directory, const char* path, const void* how, size_t size);
long fstat(int fd, struct stat* buffer);
long fstatat(int directory, const char* path, struct stat* buffer, int flags);
long statx(int directory, const char* path, int flags, unsigned mask, struct statx* buffer);
long faccessat(int directory, const char* path, int mode, int flags);
long readlinkat(int directory, const char* path, char* buffer, size_t size);
long statfs(const char* path, struct statfs* buffer);
long fstatfs(int fd, struct statfs* buffer);
/// Linux's records, with the kernel's positions behind the last of them alone.
long getdents64(int fd, void* buffer, size_t size);
long flock(int fd, int operation);
/// Both kernels'.
long sync();
/// All of the kernel's file systems for a file of the kernel.
long syncfs(int fd);

// -- names and attributes --
long mkdirat(int directory, const char* path, mode_t mode);
long unlinkat(int directory, const char* path, int flags);
long renameat2(int from_directory, const char* from, int to_directory, const char* to,
               unsigned flags);
long linkat(int from_directory, const char* from, int to_directory, const char* to, int flags);
long symlinkat(const char* target, int directory, const char* path);
long mknodat(int directory, const char* path, mode_t mode, dev_t device);
/// Takes fchmodat(3)'s flags, of which the system call has none.
long fchmodat(int directory, const char* path, mode_t mode, int flags);
long fchmod(int fd, mode_t mode);
long fchownat(int directory, const char* path, uid_t owner, gid_t group, int flags);
long fchown(int fd, uid_t owner, gid_t group);
long utimensat(int directory, const char* path, const timespec* times, int flags);
long truncate(const char* path, off_t length);
long umask(mode_t mask);

// -- the working directory --
long chdir(const char* path);
long fchdir(int fd);
/// As the system call: the size with the terminating NUL.
long getcwd(char* buffer, size_t size);

// -- waiting --
long poll(pollfd* fds, nfds_t count, int timeout_ms);
long ppoll(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask);
/// Updates `timeout`, as Linux does.
long select(int count, fd_set* read, fd_set* write, fd_set* except, timeval* timeout);
long pselect(int count, fd_set* read, fd_set* write, fd_set* except, const timespec* timeout,
             const sigset_t* mask);
long epoll_ctl(int instance, int operation, int fd, epoll_event* event);
long epoll_wait(int instance, epoll_event* events, int count, int timeout_ms);
long epoll_pwait(int instance, epoll_event* events, int count, int timeout_ms,
                 const sigset_t* mask);
long epoll_pwait2(int instance, epoll_event* events, int count, const timespec* timeout,
                  const sigset_t* mask);

}  // namespace farcall::shim::calls
