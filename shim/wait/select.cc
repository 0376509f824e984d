#include <algorithm>
#include <cstddef>

#include "poll.h"
#include "shim/descriptors/descriptors.h"
#include "shim/host/errno.h"
#include "shim/host/readable.h"
#include "shim/host/small_array.h"

namespace farcall::shim::wait {

namespace {

/// Which events of poll(2) each set of select(2) asks for, and which answer it; as Linux maps them.
struct SetKind {
  fd_set* SelectSets::*set;
  short asks;
  short answers;
};
constexpr SetKind kSetKinds[] = {
    {&SelectSets::read, POLLIN | POLLRDNORM | POLLRDBAND,
     POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR},
    {&SelectSets::write, POLLOUT | POLLWRNORM | POLLWRBAND,
     POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR},
    {&SelectSets::except, POLLPRI, POLLPRI},
};

// FD_SET and FD_ISSET check against FD_SETSIZE under _FORTIFY_SOURCE; the sets of a program may be
// larger.
constexpr int kWordBits = static_cast<int>(8 * sizeof(fd_mask));

fd_mask& word_of(fd_set* set, int fd) { return reinterpret_cast<fd_mask*>(set)[fd / kWordBits]; }
fd_mask bit_of(int fd) { return static_cast<fd_mask>(1UL << (fd % kWordBits)); }
bool contains(fd_set* set, int fd) {
  return set != nullptr && (word_of(set, fd) & bit_of(fd)) != 0;
}

/// The events of poll(2) that the sets ask of `fd`; 0: it is in none.
short asked_of(const SelectSets& sets, int fd) {
  short events = 0;
  for (const SetKind& kind : kSetKinds) {
    if (contains(sets.*kind.set, fd)) events = static_cast<short>(events | kind.asks);
  }
  return events;
}

int member_count(int count, const SelectSets& sets) {
  int members = 0;
  for (int fd = 0; fd < count; ++fd) members += asked_of(sets, fd) != 0 ? 1 : 0;
  return members;
}

/// Puts the answer for one descriptor into the sets. Returns how many bits stay set.
int answer(const SelectSets& sets, const pollfd& polled) {
  int bits = 0;
  for (const SetKind& kind : kSetKinds) {
    fd_set* set = sets.*kind.set;
    if (!contains(set, polled.fd)) continue;
    if ((polled.revents & kind.answers) != 0) {
      ++bits;
    } else {
      word_of(set, polled.fd) &= ~bit_of(polled.fd);
    }
  }
  return bits;
}

bool can_read_sets(int count, const SelectSets& sets) {
  const int words = (count + kWordBits - 1) / kWordBits;
  return std::ranges::all_of(kSetKinds, [&](const SetKind& kind) {
    const fd_set* set = sets.*kind.set;
    return set == nullptr || host::can_read(set, static_cast<std::size_t>(words) * sizeof(fd_mask));
  });
}

}  // namespace

bool has_kernel_fd(int count, const SelectSets& sets) {
  if (!descriptors::any() || !can_read_sets(count, sets)) return false;
  for (int fd = 0; fd < count; ++fd) {
    if (descriptors::kernel_fd(fd) >= 0 && asked_of(sets, fd) != 0) return true;
  }
  return false;
}

long select(int count, const SelectSets& sets, const Deadline& deadline, const HeldSignals& held) {
  SmallArray<pollfd> polled(static_cast<std::size_t>(member_count(count, sets)));
  if (!polled.ok()) return -ENOMEM;
  for (int fd = 0; fd < count; ++fd) {
    if (const short events = asked_of(sets, fd)) polled.push_back({fd, events, 0});
  }
  const long result = wait::poll(polled.data(), polled.size(), deadline, held);
  if (is_error(result)) return result;
  for (const pollfd& each : polled) {
    if ((each.revents & POLLNVAL) != 0) return -EBADF;
  }
  int bits = 0;
  for (const pollfd& each : polled) bits += answer(sets, each);
  return bits;
}

}  // namespace farcall::shim::wait
