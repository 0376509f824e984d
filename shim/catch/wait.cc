#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "catch.h"
#include "shim/calls/calls.h"

using namespace farcall::shim;

FARCALL_CATCH int poll(pollfd* fds, nfds_t count, int timeout_ms) {
  return int_ret(calls::poll(fds, count, timeout_ms));
}
FARCALL_ALIAS(__poll, poll);

FARCALL_CATCH int __poll_chk(pollfd* fds, nfds_t count, int timeout_ms, size_t available) {
  check_size(count, available / sizeof(pollfd));
  return poll(fds, count, timeout_ms);
}

FARCALL_CATCH int ppoll(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  return int_ret(calls::ppoll(fds, count, timeout, mask));
}

FARCALL_CATCH int __ppoll_chk(pollfd* fds, nfds_t count, const timespec* timeout,
                              const sigset_t* mask, size_t available) {
  check_size(count, available / sizeof(pollfd));
  return ppoll(fds, count, timeout, mask);
}

FARCALL_CATCH int select(int count, fd_set* read, fd_set* write, fd_set* except, timeval* timeout) {
  return int_ret(calls::select(count, read, write, except, timeout));
}
FARCALL_ALIAS(__select, select);

FARCALL_CATCH int pselect(int count, fd_set* read, fd_set* write, fd_set* except,
                          const timespec* timeout, const sigset_t* mask) {
  return int_ret(calls::pselect(count, read, write, except, timeout, mask));
}

FARCALL_CATCH int epoll_ctl(int instance, int operation, int fd, epoll_event* event) noexcept {
  return int_ret(calls::epoll_ctl(instance, operation, fd, event));
}

FARCALL_CATCH int epoll_wait(int instance, epoll_event* events, int count, int timeout_ms) {
  return int_ret(calls::epoll_wait(instance, events, count, timeout_ms));
}

FARCALL_CATCH int epoll_pwait(int instance, epoll_event* events, int count, int timeout_ms,
                              const sigset_t* mask) {
  return int_ret(calls::epoll_pwait(instance, events, count, timeout_ms, mask));
}

FARCALL_CATCH int epoll_pwait2(int instance, epoll_event* events, int count,
                               const timespec* timeout, const sigset_t* mask) {
  return int_ret(calls::epoll_pwait2(instance, events, count, timeout, mask));
}
