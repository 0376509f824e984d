#include "shim/calls/calls.h"
#include "shim/descriptors/descriptors.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/host/readable.h"
#include "shim/wait/deadline.h"
#include "shim/wait/epoll.h"
#include "shim/wait/held_signals.h"
#include "shim/wait/poll.h"

namespace farcall::shim::calls {

namespace {

constexpr long kMicrosecond = 1000;
constexpr long kMicrosecondsInSecond = 1'000'000;

/// 0 or -errno.
long check(const timespec* timeout) {
  if (timeout == nullptr) return 0;
  if (!host::can_read(timeout, sizeof *timeout)) return -EFAULT;
  return Deadline::is_valid(*timeout) ? 0 : -EINVAL;
}

/// select(2)'s timeout, which may have more than a second of microseconds.
Deadline after(const timeval& timeout) {
  const timespec span{.tv_sec = timeout.tv_sec + timeout.tv_usec / kMicrosecondsInSecond,
                      .tv_nsec = timeout.tv_usec % kMicrosecondsInSecond * kMicrosecond};
  return Deadline::after(&span);
}

/// pselect6(2) takes its mask with its size, behind one pointer.
struct SizedMask {
  const sigset_t* mask;
  size_t size = host::kKernelSignalSetSize;
};

long host_pselect(int count, const wait::SelectSets& sets, const timespec* timeout,
                  const sigset_t* mask) {
  if (host::libc_functions.pselect != nullptr) {
    return host::through(host::libc_functions.pselect, SYS_pselect6, count, sets.read, sets.write,
                         sets.except, timeout, mask);
  }
  timespec copy = timeout != nullptr ? *timeout : timespec{};
  SizedMask sized{mask};
  return host::raw(SYS_pselect6, count, sets.read, sets.write, sets.except,
                   timeout != nullptr ? &copy : nullptr, &sized);
}

void store_rest(const Deadline& deadline, timeval& timeout) {
  timespec left{};
  if (deadline.left(left) == nullptr) return;
  timeout = {.tv_sec = left.tv_sec, .tv_usec = left.tv_nsec / kMicrosecond};
}

/// What the host told, without our own events; nothing is left when those were all.
long without_wakeups(int instance, epoll_event* events, long count) {
  return count > 0 && descriptors::is_watched(instance)
             ? epoll::drop_wakeups(instance, events, count)
             : count;
}

/// epoll_pwait2 in terms of `host()`, which asks the host alone. An instance may get its first
/// kernel member while the host waits.
template <class Host>
long wait_for_events(int instance, epoll_event* events, int count, const Deadline& deadline,
                     const sigset_t* mask, Host host) {
  if (descriptors::kernel_fd(instance) >= 0) return -EINVAL;
  if (!descriptors::is_watched(instance)) {
    const long told = host();
    const long kept = without_wakeups(instance, events, told);
    if (kept != 0 || told == 0) return kept;
  }
  const HeldSignals held(mask, deadline);
  return epoll::wait(instance, events, count, deadline, held);
}

}  // namespace

long poll(pollfd* fds, nfds_t count, int timeout_ms) {
  if (!wait::has_kernel_fd(fds, count)) return host::poll(fds, count, timeout_ms);
  const Deadline deadline = Deadline::after_ms(timeout_ms);
  const HeldSignals held(nullptr, deadline);
  return wait::poll(fds, count, deadline, held);
}

long ppoll(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  if (!wait::has_kernel_fd(fds, count)) return host::ppoll(fds, count, timeout, mask);
  if (const long error = check(timeout); error != 0) return error;
  const Deadline deadline = Deadline::after(timeout);
  const HeldSignals held(mask, deadline);
  return wait::poll(fds, count, deadline, held);
}

long select(int count, fd_set* read, fd_set* write, fd_set* except, timeval* timeout) {
  const wait::SelectSets sets{read, write, except};
  if (!wait::has_kernel_fd(count, sets)) {
    return host::through(host::libc_functions.select, SYS_select, count, read, write, except,
                         timeout);
  }
  if (timeout != nullptr && (timeout->tv_sec < 0 || timeout->tv_usec < 0)) return -EINVAL;
  const Deadline deadline = timeout != nullptr ? after(*timeout) : Deadline::never();
  const HeldSignals held(nullptr, deadline);
  const long result = wait::select(count, sets, deadline, held);
  if (timeout != nullptr) store_rest(deadline, *timeout);
  return result;
}

long pselect(int count, fd_set* read, fd_set* write, fd_set* except, const timespec* timeout,
             const sigset_t* mask) {
  const wait::SelectSets sets{read, write, except};
  if (!wait::has_kernel_fd(count, sets)) return host_pselect(count, sets, timeout, mask);
  if (const long error = check(timeout); error != 0) return error;
  const Deadline deadline = Deadline::after(timeout);
  const HeldSignals held(mask, deadline);
  return wait::select(count, sets, deadline, held);
}

long epoll_ctl(int instance, int operation, int fd, epoll_event* event) {
  return epoll::control(instance, operation, fd, event);
}

long epoll_wait(int instance, epoll_event* events, int count, int timeout_ms) {
  return wait_for_events(instance, events, count, Deadline::after_ms(timeout_ms), nullptr,
                         [&] { return host::epoll_wait(instance, events, count, timeout_ms); });
}

long epoll_pwait(int instance, epoll_event* events, int count, int timeout_ms,
                 const sigset_t* mask) {
  return wait_for_events(instance, events, count, Deadline::after_ms(timeout_ms), mask, [&] {
    return host::raw(SYS_epoll_pwait, instance, events, count, timeout_ms, mask,
                     host::kKernelSignalSetSize);
  });
}

long epoll_pwait2(int instance, epoll_event* events, int count, const timespec* timeout,
                  const sigset_t* mask) {
  if (const long error = check(timeout); error != 0) return error;
  return wait_for_events(instance, events, count, Deadline::after(timeout), mask, [&] {
    return host::raw(SYS_epoll_pwait2, instance, events, count, timeout, mask,
                     host::kKernelSignalSetSize);
  });
}

}  // namespace farcall::shim::calls
