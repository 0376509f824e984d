#include "poll.h"

#include <algorithm>

#include "shim/descriptors/descriptors.h"
#include "shim/host/errno.h"
#include "shim/host/host.h"
#include "shim/host/readable.h"
#include "shim/host/small_array.h"
#include "shim/personality/personality.h"

namespace farcall::shim::wait {

namespace {

using PollArray = SmallArray<pollfd>;

constexpr timespec kNow{};

/// A program's pollfds by side, each in the program's order, with room for one more of the host's.
struct Sides {
  PollArray host;
  PollArray kernel;
  SmallArray<bool> is_kernel;

  Sides(const pollfd* fds, nfds_t count) : host(count + 1), kernel(count), is_kernel(count) {
    if (!ok()) return;
    for (nfds_t i = 0; i < count; ++i) {
      const int kfd = descriptors::kernel_fd(fds[i].fd);
      is_kernel.push_back(kfd >= 0);
      if (kfd >= 0) {
        kernel.push_back({kfd, fds[i].events, 0});
      } else {
        host.push_back({fds[i].fd, fds[i].events, 0});
      }
    }
  }

  [[nodiscard]] bool ok() const { return host.ok() && kernel.ok() && is_kernel.ok(); }

  /// The answers of both sides into the program's array.
  void merge(pollfd* fds, nfds_t count) {
    const pollfd* host_next = host.data();
    const pollfd* kernel_next = kernel.data();
    for (nfds_t i = 0; i < count; ++i) {
      fds[i].revents = (is_kernel[i] ? kernel_next++ : host_next++)->revents;
    }
  }
};

long ready_or_error(long host_ready, long kernel_ready) {
  if (is_error(kernel_ready) && host_ready == 0) return kernel_ready;
  return host_ready + std::max(kernel_ready, 0L);
}

void clear_answers(PollArray& fds) {
  for (pollfd& each : fds) each.revents = 0;
}

long sleep_on_both(Sides& sides, const Deadline& deadline, const sigset_t* mask) {
  personality::PendingPoll pending(sides.kernel.data(), sides.kernel.size());
  // The kernel may have answered by now.
  if (pending.finished() || pending.fd() < 0) return pending.finish();
  const nfds_t hosts = sides.host.size();
  for (;;) {
    sides.host.data()[hosts] = {pending.fd(), POLLIN, 0};
    timespec left;
    long ready = host::ppoll(sides.host.data(), hosts + 1, deadline.left(left), mask);
    if (is_error(ready)) {
      clear_answers(sides.host);
      const long kernel_ready = pending.finish();
      return kernel_ready > 0 ? kernel_ready : ready;
    }
    const bool kernel_stirred = sides.host.data()[hosts].revents != 0;
    if (kernel_stirred && --ready == 0 && !pending.finished() && !deadline.expired()) continue;
    return ready_or_error(ready, pending.finish());
  }
}

long poll_both(Sides& sides, const Deadline& deadline, const sigset_t* mask) {
  const long host_ready = host::ppoll(sides.host.data(), sides.host.size(), &kNow, nullptr);
  if (is_error(host_ready)) return host_ready;
  // A look at the kernel's side costs much less than to begin a poll there, and to end it.
  const long kernel_ready = personality::poll(sides.kernel.data(), sides.kernel.size(), 0, nullptr);
  if (host_ready == 0 && kernel_ready == 0 && !deadline.expired()) {
    return sleep_on_both(sides, deadline, mask);
  }
  return ready_or_error(host_ready, kernel_ready);
}

/// False for one that is too long, too.
bool can_read_array(const pollfd* fds, nfds_t count) {
  constexpr nfds_t kMost = SIZE_MAX / sizeof *fds;
  return count <= kMost && host::can_read(fds, count * sizeof *fds);
}

}  // namespace

bool has_kernel_fd(const pollfd* fds, nfds_t count) {
  if (!descriptors::any() || !can_read_array(fds, count)) return false;
  return std::any_of(fds, fds + count,
                     [](const pollfd& each) { return descriptors::kernel_fd(each.fd) >= 0; });
}

long poll(pollfd* fds, nfds_t count, const Deadline& deadline, const HeldSignals& held) {
  if (!has_kernel_fd(fds, count)) {
    timespec left;
    return host::ppoll(fds, count, deadline.left(left), held.open());
  }
  const ErrnoKeeper keeper;
  Sides sides(fds, count);
  if (!sides.ok()) return -ENOMEM;
  const sigset_t* mask = deadline.is_now() ? nullptr : held.open();
  const long result =
      sides.host.size() == 0
          ? personality::poll(sides.kernel.data(), sides.kernel.size(), deadline.left_ns(), mask)
          : poll_both(sides, deadline, mask);
  if (!is_error(result)) sides.merge(fds, count);
  // After a look the program's mask has not held for a moment yet.
  return result == 0 && held.has_mask() ? host::ppoll(nullptr, 0, &kNow, held.open()) : result;
}

}  // namespace farcall::shim::wait
