#include "descriptors.h"

#include <fcntl.h>

#include <algorithm>

#include "host.h"

namespace farcall::client {
namespace {

constexpr long kReserve = 48;  // numbers kept at the top of a small limit
constexpr long kLowest = 200;
constexpr long kHighest = 4096;  // the kernel's table for a process grows with the highest number

long lowest_number() {
  const long limit = host::soft_descriptor_limit();
  if (limit < 0 || limit > kHighest) return kHighest;
  return limit - kReserve > kLowest ? limit - kReserve : limit / 2;
}

}  // namespace

int duplicate_high(int fd) {
  const long moved = host::fcntl(fd, F_DUPFD_CLOEXEC, std::max(3L, lowest_number()));
  if (moved >= 0) return static_cast<int>(moved);
  return static_cast<int>(host::fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

int move_high(int fd) {
  if (fd < 0) return fd;
  const int moved = duplicate_high(fd);
  if (moved < 0) return fd;
  host::close(fd);
  return moved;
}

}  // namespace farcall::client
