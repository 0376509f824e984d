// System calls over a connection that one thread has for itself: one after the other, without
// channels or data with the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "farcall/result.h"
#include "farcall/sysproxy.h"
#include "stream.h"

namespace farcall::client {

/// The connection may lead anywhere: who answers is told the memory that is `lent`, writes nowhere,
/// and has kPatience for each call. The descriptor stays the caller's, and so does what is lent.
/// Errors are the host's: what the kernel says, ETIMEDOUT, ECONNRESET, EPROTO; after any but the
/// kernel's the connection is of no more use. To be used with signals blocked.
class PlainLink {
 public:
  explicit PlainLink(int fd, std::span<const std::byte> lent = {}) : fd_(fd), lent_(lent) {}

  /// A system call with at most 8 arguments, and its first result.
  Result<std::int64_t> call(int number, std::initializer_list<std::uint64_t> arguments);

  /// Makes a call under the request number `mark`, and leaves its answer unread: is_marked then
  /// says so of this connection, in whichever process.
  Result<void> leave_mark(std::uint64_t mark);
  static bool is_marked(int fd, std::uint64_t mark);
  /// Takes the mark away; calls can be made again.
  Result<void> take_mark(std::uint64_t mark);

 private:
  Result<void> send_request(std::uint64_t request, int number,
                            std::initializer_list<std::uint64_t> arguments);
  Result<std::int64_t> await(std::uint64_t request);
  Result<void> lend(const sysproxy::FrameHeader& header, const Deadline& deadline);
  Result<void> send(sysproxy::FrameHeader header, std::span<const std::byte> body);

  int fd_;
  std::span<const std::byte> lent_;
};

}  // namespace farcall::client
