#include "kernel/syscalls/support.h"

#include <algorithm>

namespace farcall::kernel {
namespace {

Result<Nanoseconds> checked(std::int64_t seconds, std::int64_t nanoseconds) {
  if (seconds < 0 || nanoseconds < 0 || nanoseconds >= kSecond) return Error{NB_EINVAL};
  if (seconds >= INT64_MAX / kSecond) return INT64_MAX;
  return seconds * kSecond + nanoseconds;
}

}  // namespace

Result<SocketRef> socket_of(int fd) {
  FARCALL_ASSIGN(auto file, file_of(fd));
  Socket* socket = file->as_socket();
  if (socket == nullptr) return Error{NB_ENOTSOCK};
  return SocketRef{std::move(file), socket};
}

Result<Nanoseconds> to_nanoseconds(const netbsd::timespec& time) {
  return checked(time.tv_sec, time.tv_nsec);
}

Result<Nanoseconds> to_nanoseconds(const netbsd::timeval& time) {
  return checked(time.tv_sec, std::int64_t{time.tv_usec} * 1000);
}

netbsd::timespec to_timespec(Nanoseconds time) { return {time / kSecond, time % kSecond}; }

Nanoseconds deadline_after(Nanoseconds wait) {
  Nanoseconds now = monotonic_now();
  return now + std::min(wait, INT64_MAX - now);
}

void raise_if_broken_pipe(const Result<std::size_t>& result, const File& file, int message_flags) {
  if (result.code() != NB_EPIPE) return;
  if ((message_flags & NB_MSG_NOSIGNAL) != 0 || (file.flags & NB_O_NOSIGPIPE) != 0) return;
  void* client = current_process().client;
  if (client != nullptr) (void)rumpuser_sp_raise(client, NB_SIGPIPE);
}

}  // namespace farcall::kernel
