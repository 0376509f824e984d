// poll(2), pollts(2), select(2), pselect(2).
#include <algorithm>

#include "kernel/core/uio.h"
#include "kernel/event/poll_set.h"
#include "kernel/syscalls/support.h"

namespace farcall::kernel {
namespace {

Result<std::size_t> wait_for(std::vector<netbsd::pollfd>& fds, Deadline deadline) {
  std::vector<PollEntry> entries(fds.size());
  std::size_t closed = 0;
  for (std::size_t i = 0; i < fds.size(); ++i) {
    fds[i].revents = 0;
    if (fds[i].fd < 0) continue;
    auto file = file_of(fds[i].fd);
    if (file.ok()) {
      entries[i] = {*file, fds[i].events, 0};
    } else {
      fds[i].revents = NB_POLLNVAL;
      ++closed;
    }
  }
  if (closed != 0) deadline = 0;
  FARCALL_ASSIGN(auto count, poll_wait(entries, deadline));
  for (std::size_t i = 0; i < fds.size(); ++i) {
    if (entries[i].file) fds[i].revents = entries[i].ready;
  }
  return count + closed;
}

SyscallResult poll_with(const Args& args, Deadline deadline) {
  std::uint64_t count = args.address(1) & 0xffffffff;
  if (count > current_process().descriptors->limit) return Error{NB_EINVAL};
  std::vector<netbsd::pollfd> fds(count);
  std::size_t size = count * sizeof(netbsd::pollfd);
  FARCALL_TRY(copyin(args.address(0), fds.data(), size));
  FARCALL_ASSIGN(auto ready, wait_for(fds, deadline));
  FARCALL_TRY(copyout(fds.data(), args.address(0), size));
  return Returned(static_cast<std::int64_t>(ready));
}

template <class Time>
Result<Deadline> deadline_argument(UserAddress address) {
  if (address == 0) return Deadline();
  FARCALL_ASSIGN(auto time, copyin_value<Time>(address));
  FARCALL_ASSIGN(auto wait, to_nanoseconds(time));
  return Deadline(wait == 0 ? 0 : deadline_after(wait));
}

// The three sets of select(2), as bits in words of 32.
constexpr short kSetEvents[3] = {NB_POLLRDNORM, NB_POLLWRNORM, NB_POLLRDBAND};
constexpr short kSetReady[3] = {NB_POLLRDNORM | NB_POLLHUP | NB_POLLERR,
                                NB_POLLWRNORM | NB_POLLHUP | NB_POLLERR, NB_POLLRDBAND};

struct SelectSets {
  std::size_t words = 0;
  std::vector<std::uint32_t> bits[3];

  [[nodiscard]] bool has(int set, int fd) const {
    return !bits[set].empty() && (bits[set][fd / 32] >> fd % 32 & 1) != 0;
  }
};

Result<SelectSets> copyin_sets(const Args& args, int count) {
  SelectSets sets;
  sets.words = (static_cast<std::size_t>(count) + 31) / 32;
  for (unsigned set = 0; set < 3; ++set) {
    if (args.address(1 + set) == 0) continue;
    sets.bits[set].resize(sets.words);
    FARCALL_TRY(copyin(args.address(1 + set), sets.bits[set].data(), sets.words * 4));
  }
  return sets;
}

// One entry for each descriptor that is in some set, and beside it the descriptor.
struct Selected {
  std::vector<PollEntry> entries;
  std::vector<int> fds;
};

Result<Selected> select_entries(const SelectSets& sets, int count) {
  Selected selected;
  for (int fd = 0; fd < count; ++fd) {
    int events = 0;
    for (int set = 0; set < 3; ++set) {
      if (sets.has(set, fd)) events |= kSetEvents[set];
    }
    if (events == 0) continue;
    FARCALL_ASSIGN(auto file, file_of(fd));
    selected.entries.push_back({std::move(file), static_cast<short>(events), 0});
    selected.fds.push_back(fd);
  }
  return selected;
}

// Leaves in the sets what is ready and returns how many bits those are.
std::int64_t keep_ready(SelectSets& sets, const Selected& selected) {
  std::int64_t count = 0;
  for (int set = 0; set < 3; ++set) {
    std::vector<std::uint32_t> ready(sets.bits[set].size());
    for (std::size_t i = 0; i < selected.fds.size(); ++i) {
      int fd = selected.fds[i];
      if (!sets.has(set, fd) || (selected.entries[i].ready & kSetReady[set]) == 0) continue;
      ready[fd / 32] |= std::uint32_t{1} << fd % 32;
      ++count;
    }
    sets.bits[set] = std::move(ready);
  }
  return count;
}

SyscallResult select_with(const Args& args, const Result<Deadline>& deadline) {
  if (!deadline.ok()) return deadline.error();
  int count = args.integer(0);
  if (count < 0) return Error{NB_EINVAL};
  count = std::min(count, static_cast<int>(current_process().descriptors->limit));
  FARCALL_ASSIGN(auto sets, copyin_sets(args, count));
  FARCALL_ASSIGN(auto selected, select_entries(sets, count));
  FARCALL_TRY(poll_wait(selected.entries, *deadline));
  std::int64_t ready = keep_ready(sets, selected);
  for (unsigned set = 0; set < 3; ++set) {
    FARCALL_TRY(copyout(sets.bits[set].data(), args.address(1 + set), sets.bits[set].size() * 4));
  }
  return Returned(ready);
}

}  // namespace

SyscallResult sys_poll(const Args& args) {
  int milliseconds = args.integer(2);
  Deadline deadline;
  if (milliseconds == 0) deadline = 0;
  if (milliseconds > 0) deadline = deadline_after(Nanoseconds{milliseconds} * 1'000'000);
  return poll_with(args, deadline);
}

// The signal masks of pollts and pselect are the client's own affair: signals reach a program on
// its side.
SyscallResult sys_pollts50(const Args& args) {
  FARCALL_ASSIGN(auto deadline, deadline_argument<netbsd::timespec>(args.address(2)));
  return poll_with(args, deadline);
}

SyscallResult sys_select50(const Args& args) {
  return select_with(args, deadline_argument<netbsd::timeval>(args.address(4)));
}

SyscallResult sys_pselect50(const Args& args) {
  return select_with(args, deadline_argument<netbsd::timespec>(args.address(4)));
}

}  // namespace farcall::kernel
