// SIGURG: who has called fcntl(F_SETOWN) on a socket of the kernel's hears of its urgent data.
//
// The kernel's signals reach a program only while it makes calls, so a thread of ours waits for
// POLLPRI in the program's stead, and sends the signal. It exists from the first F_SETOWN on, and
// not in children. Urgent data that comes while older data is still in front of its mark raises no
// signal of its own.
#pragma once

namespace farcall::shim::urgent {

/// F_SETOWN: a process, a group as a negative number, or 0 for nobody. 0 or -errno: -EINVAL, -ESRCH
/// for what does not exist, -EAGAIN for want of a thread, -ENOSPC behind kMostOwners.
long set_owner(int kfd, int owner);
/// F_GETOWN.
int owner_of(int kfd);
inline constexpr int kMostOwners = 64;

/// The program has received from it: later urgent data is new.
void received(int kfd);

/// Around fork: the table stands still. The child has no owners.
void before_fork();
void after_fork();
void after_fork_in_child();

}  // namespace farcall::shim::urgent
