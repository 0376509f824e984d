#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "catch.h"
#include "shim/calls/calls.h"
#include "shim/host/libc.h"
#include "shim/process/start.h"

using namespace farcall::shim;

FARCALL_CATCH int socket(int domain, int type, int protocol) noexcept {
  return int_ret(calls::socket(domain, type, protocol));
}
FARCALL_ALIAS(__socket, socket);

FARCALL_CATCH int socketpair(int domain, int type, int protocol, int fds[2]) noexcept {
  return int_ret(calls::socketpair(domain, type, protocol, fds));
}

FARCALL_CATCH int accept(int fd, sockaddr* address, socklen_t* length) {
  return int_ret(calls::accept4(fd, address, length, 0));
}

FARCALL_CATCH int accept4(int fd, sockaddr* address, socklen_t* length, int flags) {
  return int_ret(calls::accept4(fd, address, length, flags));
}

FARCALL_CATCH int bind(int fd, const sockaddr* address, socklen_t length) noexcept {
  return int_ret(calls::bind(fd, address, length));
}

FARCALL_CATCH int connect(int fd, const sockaddr* address, socklen_t length) {
  return int_ret(calls::connect(fd, address, length));
}
FARCALL_ALIAS(__connect, connect);

FARCALL_CATCH int listen(int fd, int backlog) noexcept {
  return int_ret(calls::listen(fd, backlog));
}

FARCALL_CATCH int shutdown(int fd, int how) noexcept { return int_ret(calls::shutdown(fd, how)); }

FARCALL_CATCH int getsockname(int fd, sockaddr* address, socklen_t* length) noexcept {
  return int_ret(calls::getsockname(fd, address, length));
}

FARCALL_CATCH int getpeername(int fd, sockaddr* address, socklen_t* length) noexcept {
  return int_ret(calls::getpeername(fd, address, length));
}

FARCALL_CATCH int getsockopt(int fd, int level, int name, void* value, socklen_t* length) noexcept {
  return int_ret(calls::getsockopt(fd, level, name, value, length));
}

FARCALL_CATCH int setsockopt(int fd, int level, int name, const void* value,
                             socklen_t length) noexcept {
  return int_ret(calls::setsockopt(fd, level, name, value, length));
}

FARCALL_CATCH ssize_t send(int fd, const void* data, size_t size, int flags) {
  return host_first(host::libc_functions.sendto, calls::sendto, fd, data, size, flags, nullptr, 0);
}
FARCALL_ALIAS(__send, send);

FARCALL_CATCH ssize_t sendto(int fd, const void* data, size_t size, int flags, const sockaddr* to,
                             socklen_t length) {
  return host_first(host::libc_functions.sendto, calls::sendto, fd, data, size, flags, to, length);
}

FARCALL_CATCH ssize_t recv(int fd, void* data, size_t size, int flags) {
  return host_first(host::libc_functions.recvfrom, calls::recvfrom, fd, data, size, flags, nullptr,
                    nullptr);
}
FARCALL_ALIAS(__recv, recv);

FARCALL_CATCH ssize_t __recv_chk(int fd, void* data, size_t size, size_t available, int flags) {
  check_size(size, available);
  return recv(fd, data, size, flags);
}

FARCALL_CATCH ssize_t recvfrom(int fd, void* data, size_t size, int flags, sockaddr* from,
                               socklen_t* length) {
  return host_first(host::libc_functions.recvfrom, calls::recvfrom, fd, data, size, flags, from,
                    length);
}

FARCALL_CATCH ssize_t __recvfrom_chk(int fd, void* data, size_t size, size_t available, int flags,
                                     sockaddr* from, socklen_t* length) {
  check_size(size, available);
  return recvfrom(fd, data, size, flags, from, length);
}

FARCALL_CATCH ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  return sysret(calls::sendmsg(fd, message, flags));
}

FARCALL_CATCH ssize_t recvmsg(int fd, msghdr* message, int flags) {
  return sysret(calls::recvmsg(fd, message, flags));
}

FARCALL_CATCH int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  return int_ret(calls::sendmmsg(fd, messages, count, flags));
}
FARCALL_ALIAS(__sendmmsg, sendmmsg);

FARCALL_CATCH int recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags,
                           timespec* timeout) {
  return int_ret(calls::recvmmsg(fd, messages, count, flags, timeout));
}

FARCALL_CATCH int isfdtype(int fd, int type) noexcept {
  struct stat status;
  const int result = int_ret(calls::fstat(fd, &status));
  if (result != 0) return result;
  return (status.st_mode & S_IFMT) == static_cast<mode_t>(type) ? 1 : 0;
}

/// Which addresses the host has configured says nothing about the kernel, so that is not asked.
FARCALL_CATCH int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                              addrinfo** result) {
  if (hints == nullptr || !process::sees_kernel_network()) {
    return host::libc().getaddrinfo(node, service, hints, result);
  }
  addrinfo ours = *hints;
  ours.ai_flags &= ~AI_ADDRCONFIG;
  return host::libc().getaddrinfo(node, service, &ours, result);
}
