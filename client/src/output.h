// Frames out: each is sent whole, one at a time.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "call_data.h"
#include "farcall/sysproxy.h"
#include "lock.h"

namespace farcall::client {

/// The most data that one call takes along.
inline constexpr std::size_t kMostDataOut = std::size_t{1} << 20;

/// Descriptors that go along with a frame over a unix socket; they stay the sender's. -1: none.
struct Passed {
  int first = -1;
  int second = -1;  ///< none without a first
};

/// Any thread, with signals blocked. Sends wait when the connection is full; none raises SIGPIPE.
class Output {
 public:
  enum class Sent { whole, nothing, padded, failed };

  /// Sends `header` and `size` bytes of `body`; header.length is filled in. 0 or -errno, after
  /// which the connection is of no more use. `passed`: what goes along.
  long send(int fd, sysproxy::FrameHeader header, const void* body, std::size_t size,
            Passed passed = {});

  /// Sends a system call as a frame `call` with what it reads, at most kMostDataOut bytes, straight
  /// from the program's memory. What is bad of that memory is for the server to find, which is
  /// told. As send.
  long send_call(int fd, sysproxy::FrameHeader header, std::span<const std::byte> arguments,
                 const CallInput& input);

  /// Returns when no frame is half sent.
  void settle() { const Guard guard(mutex_); }

  /// As send, with `size` bytes that are all zero.
  long send_zeros(int fd, sysproxy::FrameHeader header, std::size_t size);

  /// Sends `header` and `size` bytes straight from the program's memory at `address`. nothing: the
  /// address is bad and no frame was begun; padded: it went bad midway, and the frame was completed
  /// with zeros; failed: as send.
  Sent send_memory(int fd, sysproxy::FrameHeader header, std::uint64_t address, std::size_t size);

 private:
  Mutex mutex_;  ///< innermost: nothing is locked while it is held
};

/// Sends all of `pieces`, which are used up, to a stream; what is passed, with the first of them. 0
/// or -errno; *sent counts what went out either way.
long send_all(int fd, iovec* pieces, std::size_t count, std::size_t* sent, Passed passed = {});

}  // namespace farcall::client
