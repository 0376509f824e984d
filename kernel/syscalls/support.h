// What the handlers share: from a descriptor to its file, from the ABI's times to the kernel's, and
// the signal that a write to nobody brings.
#pragma once

#include "kernel/core/proc.h"
#include "kernel/core/socket.h"
#include "kernel/core/syscall.h"
#include "netbsd/constants.h"
#include "netbsd/layouts.h"

namespace farcall::kernel {

inline constexpr Nanoseconds kSecond = 1'000'000'000;

/// NB_EBADF when it is not open.
inline Result<Ref<File>> file_of(int fd) { return current_process().descriptors->get(fd); }

/// A socket and the reference that keeps it.
struct SocketRef {
  Ref<File> file;
  Socket* socket = nullptr;
  Socket* operator->() const { return socket; }
};
/// NB_EBADF, NB_ENOTSOCK.
Result<SocketRef> socket_of(int fd);

/// NB_EINVAL unless it is a time that is not negative and its fraction is under a second. What is
/// too long for Nanoseconds becomes their maximum.
Result<Nanoseconds> to_nanoseconds(const netbsd::timespec& time);
Result<Nanoseconds> to_nanoseconds(const netbsd::timeval& time);
netbsd::timespec to_timespec(Nanoseconds time);

/// The deadline that lies `wait` from now, never one that overflows.
Nanoseconds deadline_after(Nanoseconds wait);

/// Sends SIGPIPE to the process when `result` is NB_EPIPE, unless the file or `message_flags`
/// (MSG_NOSIGNAL) say not to.
void raise_if_broken_pipe(const Result<std::size_t>& result, const File& file, int message_flags);

/// The result of a call that gives a count.
inline SyscallResult counted(const Result<std::size_t>& count) {
  if (!count.ok()) return count.error();
  return Returned(static_cast<std::int64_t>(*count));
}

/// The result of a call that gives nothing but success.
inline SyscallResult done(const Result<void>& result) {
  if (!result.ok()) return result.error();
  return Returned();
}

}  // namespace farcall::kernel
