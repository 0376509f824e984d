// epoll(7) with members of the kernel. An instance is an epoll of the host, which keeps the host's
// members; the first kernel descriptor that is added to it gives it an interest list here. Waiting
// on such an instance is a poll(2) on the kernel members and on the host's epoll descriptor.
//
// Edge-triggered members are approximated: what was told is told again when the program has read or
// written the descriptor, or when more bytes are unread than before. That gives more events than
// Linux would, never fewer to a program that reads until EAGAIN. A program that waits again with
// bytes left unread is woken within kEdgeCheckMs of new ones.
// An instance inside another instance, or in poll(2), tells of its host members only.
#pragma once

#include <poll.h>
#include <sys/epoll.h>

#include "deadline.h"
#include "held_signals.h"

namespace farcall::shim::epoll {

inline constexpr int kEdgeCheckMs = 20;

/// epoll_ctl(2). 0 or -errno.
long control(int instance, int operation, int fd, epoll_event* event);

/// epoll_pwait(2) on an instance that descriptors::is_watched(), with the signals that the caller
/// has held. A count or -errno.
long wait(int instance, epoll_event* events, int count, const Deadline& deadline,
          const HeldSignals& held);

/// Drops our own events from what the host told of `instance`. The count that is left.
long drop_wakeups(int instance, epoll_event* events, long count);

/// The program did input (POLLIN) or output (POLLOUT) on the kernel descriptor `fd`. Takes no lock
/// while no instance has a kernel member.
void touched(int fd, short events);

/// To be called once, before any other.
void start();

void before_fork();
void after_fork();

}  // namespace farcall::shim::epoll
