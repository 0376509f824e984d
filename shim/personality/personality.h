// The Linux personality: Linux system calls on descriptors of the kernel, answered with NetBSD
// calls.
//
// Every function takes Linux's arguments, with a kernel descriptor (`kfd`) where Linux has a
// descriptor, and returns what the raw Linux system call would: a value >= 0, or a negative Linux
// errno. Pointers are the program's own and are read and written directly; a NULL that Linux
// refuses is answered with -EFAULT. When the connection to the kernel is lost, every call fails
// with -EIO, as one on a device that broke. All may sleep where the Linux call does, end with
// -EINTR as signal(7) says, and may be called from any thread. No function here touches a host
// descriptor, allocates a descriptor number, or knows how the call was caught.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace farcall::personality {

using Sysret = long;

// -- descriptors: the new descriptor is the kernel's --
Sysret socket(int domain, int type,
              int protocol);  // SOCK_NONBLOCK honoured; SOCK_CLOEXEC is the caller's affair
Sysret socketpair(int domain, int type, int protocol, int kfds[2]);
Sysret pipe2(int kfds[2], int flags);
Sysret accept4(int kfd, sockaddr* address, socklen_t* length, int flags);
Sysret close(int kfd);
Sysret dup(int kfd);  // a second kernel descriptor on the same open file

// -- sockets --
Sysret bind(int kfd, const sockaddr* address, socklen_t length);
Sysret connect(int kfd, const sockaddr* address, socklen_t length);
Sysret listen(int kfd, int backlog);
Sysret shutdown(int kfd, int how);
Sysret getsockname(int kfd, sockaddr* address, socklen_t* length);
Sysret getpeername(int kfd, sockaddr* address, socklen_t* length);
Sysret getsockopt(int kfd, int level, int name, void* value, socklen_t* length);
Sysret setsockopt(int kfd, int level, int name, const void* value, socklen_t length);
Sysret sendto(int kfd, const void* data, size_t size, int flags, const sockaddr* to,
              socklen_t length);
Sysret recvfrom(int kfd, void* data, size_t size, int flags, sockaddr* from, socklen_t* length);
Sysret sendmsg(int kfd, const msghdr* message, int flags);
Sysret recvmsg(int kfd, msghdr* message, int flags);
Sysret sendmmsg(int kfd, mmsghdr* messages, unsigned count, int flags);
Sysret recvmmsg(int kfd, mmsghdr* messages, unsigned count, int flags, timespec* timeout);

// -- input and output --
Sysret read(int kfd, void* data, size_t size);
Sysret write(int kfd, const void* data, size_t size);
Sysret readv(int kfd, const iovec* vectors, int count);
Sysret writev(int kfd, const iovec* vectors, int count);
Sysret pread(int kfd, void* data, size_t size, off_t offset);
Sysret pwrite(int kfd, const void* data, size_t size, off_t offset);
Sysret lseek(int kfd, off_t offset, int whence);
Sysret ioctl(int kfd, unsigned long request, void* argument);
/// F_DUPFD and F_DUPFD_CLOEXEC, F_GETFD and F_SETFD (and the ioctls FIOCLEX, FIONCLEX: -ENOTTY) are
/// the caller's affair, and so are owners (F_SETOWN, SIOCSPGRP …): -EINVAL.
Sysret fcntl(int kfd, int command, unsigned long argument);
Sysret fstat(int kfd, struct stat* buffer);
Sysret fsync(int kfd);
Sysret ftruncate(int kfd, off_t length);

// -- waiting --
/// ppoll(2) on kernel descriptors alone, for a caller that has held its thread's signals. `mask`
/// NULL: no handler ends it but one without SA_RESTART; good for those who do not sleep.
/// `timeout_ns` < 0: for ever.
Sysret poll(pollfd* kfds, size_t count, std::int64_t timeout_ns, const sigset_t* mask);

/// A kernel poll under way, for those who wait on host descriptors at the same time. `kfds` must
/// stay. The thread's signals are held but while it sleeps: what is half done here a handler that
/// leaves by siglongjmp would leave so.
class PendingPoll {
 public:
  PendingPoll(pollfd* kfds, size_t count);
  ~PendingPoll();  // interrupts the poll and waits for its end
  PendingPoll(const PendingPoll&) = delete;
  PendingPoll& operator=(const PendingPoll&) = delete;
  /// Readable (POLLIN) when finished() should be asked; -1: it could not be submitted, error() says
  /// why.
  [[nodiscard]] int fd() const;
  /// True when the poll ended: result() is the number of ready descriptors, revents are set.
  bool finished();
  /// Ends it, whether ready or not, and returns how many descriptors are ready, or a negative Linux
  /// errno.
  Sysret finish();

 private:
  struct State;
  static void drop_orphans(const void* frame);
  static bool finished(State& state);
  static Sysret finish(State& state);

  [[gnu::tls_model("initial-exec")]] static constinit thread_local State* innermost;
  State* state_;
};

// -- text files of Linux that tell about the network, made from the kernel's answers --
/// True when `path` is one that the kernel answers: everything below /proc/net, /proc/self/net,
/// /proc/thread-self/net and /sys/class/net, and these directories themselves. The host's files
/// would tell about another network, so one that is not made here (network_file says -ENOENT) does
/// not exist.
bool is_network_path(const char* path);
/// Its contents. 0 or a negative Linux errno: -ENOENT, -EISDIR.
Sysret network_file(const char* path, std::string& contents);
/// The names in a directory of that kind (/proc/net, /sys/class/net, /sys/class/net/IF), without .
/// and ... 0 or a negative Linux errno: -ENOENT, -ENOTDIR.
Sysret network_directory(const char* path, std::vector<std::string>& names);
/// if_nametoindex and if_nameindex ask through this: names with their indices, in the kernel's
/// order.
struct Interface {
  std::string name;
  unsigned index;
};
Sysret interfaces(std::vector<Interface>& out);
/// What getifaddrs(3) lists: one entry of AF_PACKET (sockaddr_ll) for each interface, then its
/// addresses of AF_INET and AF_INET6. An address that is missing has the family AF_UNSPEC.
struct InterfaceAddress {
  std::string name;
  unsigned flags;  ///< Linux's IFF_*
  sockaddr_storage address;
  sockaddr_storage netmask;
  sockaddr_storage broadcast;  ///< the peer's, when flags has IFF_POINTOPOINT
};
Sysret interface_addresses(std::vector<InterfaceAddress>& out);

}  // namespace farcall::personality
