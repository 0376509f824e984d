#include <algorithm>

#include "rights.h"
#include "route.h"
#include "shim/calls/calls.h"
#include "shim/host/host.h"
#include "shim/host/readable.h"
#include "shim/personality/personality.h"
#include "shim/process/start.h"
#include "shim/wait/epoll.h"
#include "shim/wait/urgent.h"

namespace farcall::shim::calls {

namespace {

bool is_kernel_socket(int domain) {
  const HijackSpec* spec = process::hijack_spec();
  return spec != nullptr && spec->is_kernel_socket(domain);
}

bool closes_on_exec(int flags) { return (flags & SOCK_CLOEXEC) != 0; }

long heard(int fd, short events, long result) {
  epoll::touched(fd, events);
  if ((events & POLLIN) != 0) urgent::received(descriptors::kernel_fd(fd));
  return result;
}

long send_by_host(int fd, const msghdr* message, int flags) {
  if (!may_name_kernel(message)) {
    return host::through(host::libc_functions.sendmsg, SYS_sendmsg, fd, message, flags);
  }
  OutgoingMessage outgoing(fd, message);
  if (const long error = outgoing.pack(); error != 0) return error;
  return host::through(host::libc_functions.sendmsg, SYS_sendmsg, fd, outgoing.for_host(), flags);
}

/// Where one of them may name kernel descriptors each is sent by itself.
long send_by_host(int fd, mmsghdr* messages, unsigned count, int flags) {
  const auto may_name = [&] {
    const unsigned most = std::min<unsigned>(count, UIO_MAXIOV);
    for (unsigned i = 0; i < most; ++i) {
      if (may_name_kernel(&messages[i].msg_hdr)) return true;
    }
    return false;
  };
  if (!descriptors::any() || !may_name()) {
    return host::through(host::libc_functions.sendmmsg, SYS_sendmmsg, fd, messages, count, flags);
  }
  long sent = 0;
  for (; sent < std::min<long>(count, UIO_MAXIOV); ++sent) {
    const long size = send_by_host(fd, &messages[sent].msg_hdr, flags);
    if (is_error(size)) return sent != 0 ? sent : size;
    messages[sent].msg_len = static_cast<unsigned>(size);
  }
  return sent;
}

/// The host has just written into `message`.
void take_in_what_came(msghdr& message, int flags) {
  if (message.msg_controllen != 0) take_in(message, flags);
}

long receive_from_host(int fd, msghdr* message, int flags) {
  const long size = host::through(host::libc_functions.recvmsg, SYS_recvmsg, fd, message, flags);
  if (size >= 0) take_in_what_came(*message, flags);
  return size;
}

}  // namespace

long socket(int domain, int type, int protocol) {
  if (!is_kernel_socket(domain)) return host::raw(SYS_socket, domain, type, protocol);
  const ErrnoKeeper keeper;
  const long kfd = personality::socket(domain, type & ~SOCK_CLOEXEC, protocol);
  return is_error(kfd) ? kfd : descriptors::adopt(static_cast<int>(kfd), closes_on_exec(type));
}

long socketpair(int domain, int type, int protocol, int fds[2]) {
  if (!is_kernel_socket(domain)) return host::raw(SYS_socketpair, domain, type, protocol, fds);
  if (!host::can_read(fds, 2 * sizeof *fds)) return -EFAULT;
  const ErrnoKeeper keeper;
  int kfds[2];
  const long made = personality::socketpair(domain, type & ~SOCK_CLOEXEC, protocol, kfds);
  return is_error(made) ? made : descriptors::adopt_pair(kfds, closes_on_exec(type), fds);
}

long accept4(int fd, sockaddr* address, socklen_t* length, int flags) {
  return route(
      fd,
      [&](int kfd) -> long {
        const long accepted = personality::accept4(kfd, address, length, flags & ~SOCK_CLOEXEC);
        epoll::touched(fd, POLLIN | POLLRDNORM);
        if (is_error(accepted)) return accepted;
        return descriptors::adopt(static_cast<int>(accepted), closes_on_exec(flags));
      },
      [&] {
        return host::through(host::libc_functions.accept4, SYS_accept4, fd, address, length, flags);
      });
}

long bind(int fd, const sockaddr* address, socklen_t length) {
  return route(
      fd, [&](int kfd) { return personality::bind(kfd, address, length); },
      [&] { return host::raw(SYS_bind, fd, address, length); });
}

long connect(int fd, const sockaddr* address, socklen_t length) {
  return route(
      fd,
      [&](int kfd) {
        return heard(fd, POLLOUT | POLLWRNORM, personality::connect(kfd, address, length));
      },
      [&] {
        return host::through(host::libc_functions.connect, SYS_connect, fd, address, length);
      });
}

long listen(int fd, int backlog) {
  return route(
      fd, [&](int kfd) { return personality::listen(kfd, backlog); },
      [&] { return host::raw(SYS_listen, fd, backlog); });
}

long shutdown(int fd, int how) {
  return route(
      fd, [&](int kfd) { return personality::shutdown(kfd, how); },
      [&] { return host::raw(SYS_shutdown, fd, how); });
}

long getsockname(int fd, sockaddr* address, socklen_t* length) {
  return route(
      fd, [&](int kfd) { return personality::getsockname(kfd, address, length); },
      [&] { return host::raw(SYS_getsockname, fd, address, length); });
}

long getpeername(int fd, sockaddr* address, socklen_t* length) {
  return route(
      fd, [&](int kfd) { return personality::getpeername(kfd, address, length); },
      [&] { return host::raw(SYS_getpeername, fd, address, length); });
}

long getsockopt(int fd, int level, int name, void* value, socklen_t* length) {
  return route(
      fd, [&](int kfd) { return personality::getsockopt(kfd, level, name, value, length); },
      [&] { return host::raw(SYS_getsockopt, fd, level, name, value, length); });
}

long setsockopt(int fd, int level, int name, const void* value, socklen_t length) {
  return route(
      fd, [&](int kfd) { return personality::setsockopt(kfd, level, name, value, length); },
      [&] { return host::raw(SYS_setsockopt, fd, level, name, value, length); });
}

long sendto(int fd, const void* data, size_t size, int flags, const sockaddr* to,
            socklen_t length) {
  return route(
      fd,
      [&](int kfd) {
        return heard(fd, POLLOUT | POLLWRNORM,
                     personality::sendto(kfd, data, size, flags, to, length));
      },
      [&] {
        return host::through(host::libc_functions.sendto, SYS_sendto, fd, data, size, flags, to,
                             length);
      });
}

long recvfrom(int fd, void* data, size_t size, int flags, sockaddr* from, socklen_t* length) {
  return route(
      fd,
      [&](int kfd) {
        return heard(fd, POLLIN | POLLRDNORM,
                     personality::recvfrom(kfd, data, size, flags, from, length));
      },
      [&] {
        return host::through(host::libc_functions.recvfrom, SYS_recvfrom, fd, data, size, flags,
                             from, length);
      });
}

long sendmsg(int fd, const msghdr* message, int flags) {
  return route(
      fd,
      [&](int kfd) {
        return heard(fd, POLLOUT | POLLWRNORM, personality::sendmsg(kfd, message, flags));
      },
      [&] { return send_by_host(fd, message, flags); });
}

long recvmsg(int fd, msghdr* message, int flags) {
  return route(
      fd,
      [&](int kfd) {
        return heard(fd, POLLIN | POLLRDNORM, personality::recvmsg(kfd, message, flags));
      },
      [&] { return receive_from_host(fd, message, flags); });
}

long sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  return route(
      fd,
      [&](int kfd) {
        return heard(fd, POLLOUT | POLLWRNORM, personality::sendmmsg(kfd, messages, count, flags));
      },
      [&] { return send_by_host(fd, messages, count, flags); });
}

long recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
  return route(
      fd,
      [&](int kfd) {
        return heard(fd, POLLIN | POLLRDNORM,
                     personality::recvmmsg(kfd, messages, count, flags, timeout));
      },
      [&] {
        const long received = host::through(host::libc_functions.recvmmsg, SYS_recvmmsg, fd,
                                            messages, count, flags, timeout);
        for (long i = 0; i < received; ++i) take_in_what_came(messages[i].msg_hdr, flags);
        return received;
      });
}

}  // namespace farcall::shim::calls
