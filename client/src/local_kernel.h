// A kernel in this process: its entry points, and an lwp for each thread that makes calls.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>

#include "farcall/result.h"
#include "link.h"

struct lwp;

namespace farcall::client::local {

struct Outcome {
  int error = 0;  ///< NetBSD's
  std::array<long, 2> retval{};
};

struct Arguments {
  static constexpr unsigned kMost = 8;
  int number = 0;
  unsigned count = 0;
  std::array<std::uint64_t, kMost> slots{};
};

/// Loads the kernel's libraries, `files` with colons between, each after those that it needs, and
/// makes this process one of its processes, with the calling thread as its first lwp.
Result<void> load_kernel(const char* files, Reason& reason);

/// The call, in this thread, which must have all signals blocked. It may sleep.
Outcome call_kernel(const Arguments& arguments);
/// The calling thread's lwp, which it gets now if it has none and loses at its end. nullptr: the
/// kernel makes none.
lwp* own_lwp();

/// Who makes calls that interrupt() may end.
struct Caller {
  lwp* thread = nullptr;  ///< nullptr: nobody
  pid_t stand_in = 0;     ///< its process, if that is another than the program's
};
/// As own_lwp, for a thread that makes nothing but such calls. A kernel that cannot interrupt an
/// lwp, NetBSD's, gives it a process of its own, which shares the program's descriptors and can be
/// told to end.
Caller own_caller();
/// Ends the present sleep of `caller`, if it is in one that a signal may end, or its next one. By
/// another thread; the caller stays meanwhile.
void interrupt(const Caller& caller);
/// After the end of a call, by the calling thread: an interrupt that came too late is not the next
/// call's.
void forget_interrupt();

}  // namespace farcall::client::local
