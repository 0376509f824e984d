#include "descriptors.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstddef>

#include "host.h"

namespace farcall::client {
namespace {

constexpr long kReserve = 48;  // numbers kept at the top of a small limit
constexpr long kLowest = 200;
constexpr long kHighest = 4096;  // the kernel's table for a process grows with the highest number

/// Descriptor + 1 in each slot, 0 in a free one. Slots are claimed one by one, without locks.
constinit std::array<std::atomic<int>, 1024> list{};
constinit std::atomic<std::size_t> list_used{0};  // slots beyond were never used
constinit std::atomic<int> lowest_listed{INT_MAX};

long lowest_number() {
  const long limit = host::soft_descriptor_limit();
  if (limit < 0 || limit > kHighest) return kHighest;
  return limit - kReserve > kLowest ? limit - kReserve : limit / 2;
}

template <class Number>
void raise_to(std::atomic<Number>& number, Number least) {
  Number seen = number;
  while (seen < least && !number.compare_exchange_weak(seen, least)) continue;
}

std::atomic<int>* find(int fd) {
  if (fd < lowest_listed) return nullptr;
  const std::size_t used = list_used;
  for (std::size_t i = 0; i < used; ++i) {
    if (list[i] == fd + 1) return &list[i];
  }
  return nullptr;
}

}  // namespace

int own(int fd) {
  if (fd < 0) return fd;
  for (int seen = lowest_listed; fd < seen;) {
    if (lowest_listed.compare_exchange_weak(seen, fd)) break;
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    int free = 0;
    if (!list[i].compare_exchange_strong(free, fd + 1)) continue;
    raise_to(list_used, i + 1);
    return fd;
  }
  host::close(fd);
  return -EMFILE;
}

void disown(int fd) {
  if (std::atomic<int>* slot = find(fd); slot != nullptr) *slot = 0;
}

void close_own(int fd) {
  disown(fd);
  host::close(fd);
}

void close_all_own() {
  for (std::atomic<int>& slot : list) {
    if (const int fd = slot.exchange(0) - 1; fd >= 0) host::close(fd);
  }
}

bool owns(int fd) { return fd >= 0 && find(fd) != nullptr; }

int highest_own() {
  int highest = -1;
  const std::size_t used = list_used;
  for (std::size_t i = 0; i < used; ++i) highest = std::max(highest, list[i] - 1);
  return highest;
}

int duplicate_high(int fd) {
  long copy = host::fcntl(fd, F_DUPFD_CLOEXEC, std::max(3L, lowest_number()));
  if (copy < 0) copy = host::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  return own(static_cast<int>(copy));
}

int move_high(int fd) {
  if (fd < 0) return fd;
  const int moved = duplicate_high(fd);
  if (moved < 0) return own(fd);
  host::close(fd);
  return moved;
}

}  // namespace farcall::client
