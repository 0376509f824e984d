// Reading a fresh connection, piece by piece, within a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "host.h"

namespace farcall::client {

/// kPatience from its making.
class Deadline {
 public:
  Deadline();
  /// 0 when `fd` has one of `events`, -ETIMEDOUT when it is too late. -1 as `fd` never has any.
  [[nodiscard]] long wait(int fd, short events) const;

 private:
  std::int64_t end_;
};

/// Reads some bytes: their number, 0 at the end of the stream, or -errno.
long read_some(int fd, void* into, std::size_t size, const Deadline& deadline);

/// Reads exactly `size` bytes, to nowhere when `into` is nullptr. 0 or -errno.
long read_all(int fd, void* into, std::size_t size, const Deadline& deadline);

}  // namespace farcall::client
