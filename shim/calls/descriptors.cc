#include "shim/descriptors/descriptors.h"

#include <linux/fs.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "route.h"
#include "shim/calls/calls.h"
#include "shim/host/host.h"
#include "shim/personality/personality.h"
#include "shim/process/start.h"
#include "shim/wait/urgent.h"

namespace farcall::shim::calls {

namespace {

/// Linux's requests about interfaces, addresses, ARP and routes.
bool is_interface_request(unsigned long request) {
  return request >= SIOCADDRT && request <= SIOCSIFTXQLEN + 0x3f;
}

/// FICLONE, whose argument is a descriptor: cp(1) tries it first.
bool clones_from_kernel(unsigned long request, void* argument) {
  return request == FICLONE &&
         descriptors::kernel_fd(static_cast<int>(reinterpret_cast<long>(argument))) >= 0;
}

/// The owner of a kernel descriptor by ioctl(2); fcntl(2) has it, too.
bool is_owner_request(unsigned long request) {
  return request == FIOSETOWN || request == SIOCSPGRP || request == FIOGETOWN ||
         request == SIOCGPGRP;
}

long owner_request(int kfd, unsigned long request, void* argument) {
  if (argument == nullptr) return -EFAULT;
  int& owner = *static_cast<int*>(argument);
  if (request == FIOSETOWN || request == SIOCSPGRP) return urgent::set_owner(kfd, owner);
  owner = urgent::owner_of(kfd);
  return 0;
}

bool is_host_socket(int fd) {
  struct stat status;
  return host::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

long interface_request(unsigned long request, void* argument) {
  const ErrnoKeeper keeper;
  const long kfd = personality::socket(AF_INET, SOCK_DGRAM, 0);
  if (is_error(kfd)) return kfd;
  const long result = personality::ioctl(static_cast<int>(kfd), request, argument);
  personality::close(static_cast<int>(kfd));
  return result;
}

}  // namespace

long dup(int fd) { return descriptors::duplicate(fd, 0, false); }

long dup2(int from, int to) {
  if (from != to) return descriptors::replace(from, to, 0);
  return host::raw(SYS_dup2, from, to);
}

long dup3(int from, int to, int flags) { return descriptors::replace(from, to, flags); }

long close(int fd) { return descriptors::close(fd); }

long close_range(unsigned first, unsigned last, unsigned flags) {
  return descriptors::close_range(first, last, flags);
}

long fcntl(int fd, int command, unsigned long argument) {
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      return descriptors::duplicate(fd, static_cast<int>(argument), command == F_DUPFD_CLOEXEC);
    case F_GETFD:
    case F_SETFD:
      return host::raw(SYS_fcntl, fd, command, argument);
    case F_SETOWN:
      return route(
          fd, [&](int kfd) { return urgent::set_owner(kfd, static_cast<int>(argument)); },
          [&] { return host::fcntl(fd, command, argument); });
    case F_GETOWN:
      return route(
          fd, [](int kfd) -> long { return urgent::owner_of(kfd); },
          [&] { return host::fcntl(fd, command, argument); });
    default:
      return route(
          fd, [&](int kfd) { return personality::fcntl(kfd, command, argument); },
          [&] { return host::fcntl(fd, command, argument); });
  }
}

long ioctl(int fd, unsigned long request, void* argument) {
  return route(
      fd,
      [&](int kfd) -> long {
        // Close-on-exec is the placeholder's, whichever way it is asked for.
        if (request == FIOCLEX) return host::raw(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
        if (request == FIONCLEX) return host::raw(SYS_fcntl, fd, F_SETFD, 0);
        if (request == FICLONE || request == FICLONERANGE) return -EOPNOTSUPP;
        if (is_owner_request(request)) return owner_request(kfd, request, argument);
        return personality::ioctl(kfd, request, argument);
      },
      [&]() -> long {
        if (clones_from_kernel(request, argument)) return -EXDEV;
        if (is_interface_request(request) && process::sees_kernel_network() && is_host_socket(fd)) {
          return interface_request(request, argument);
        }
        return host::ioctl(fd, request, argument);
      });
}

}  // namespace farcall::shim::calls
