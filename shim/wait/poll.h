// poll(2) and select(2) on descriptors of both sides at once. Results are as the raw system call's.
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/select.h>

#include "deadline.h"
#include "held_signals.h"

namespace farcall::shim::wait {

/// True when one of `fds` is the kernel's: host::poll is no answer then.
bool has_kernel_fd(const pollfd* fds, nfds_t count);

/// ppoll(2), with the signals that the caller has held since the program's call. Sleeps on the side
/// that has descriptors, or on both: then the kernel's part is submitted, and the host's ppoll
/// waits for its end among the host's descriptors. The deadline is now where none are held.
long poll(pollfd* fds, nfds_t count, const Deadline& deadline, const HeldSignals& held);

/// select(2)'s three sets; any may be NULL.
struct SelectSets {
  fd_set* read;
  fd_set* write;
  fd_set* except;
};

bool has_kernel_fd(int count, const SelectSets& sets);

/// pselect(2): any `count` that select takes, beyond FD_SETSIZE too. Changes the sets only when it
/// succeeds.
long select(int count, const SelectSets& sets, const Deadline& deadline, const HeldSignals& held);

}  // namespace farcall::shim::wait
