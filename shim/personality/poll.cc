// poll on kernel descriptors, at once or while something else is waited for.
//
// POLLRDHUP, which NetBSD lacks, is found by peeking: where it is asked for together with POLLIN, a
// readable socket that has nothing to read has been shut down by its peer. Asked for alone it is
// reported only with POLLHUP.
#include "personality/netbsd.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "farcall/client.h"
#include "personality/call.h"
#include "personality/flags.h"
#include "personality/personality.h"
#include "personality/wake_pipe.h"

#ifndef POLLRDHUP
#define POLLRDHUP 0x2000
#endif

namespace farcall::personality {
namespace {

constexpr size_t kMostDescriptors = 1U << 20;

/// The pollfds of one wait as NetBSD wants them. `entries` may be empty, but never misaligned with
/// the caller's.
using KernelPollfds = std::vector<netbsd::pollfd>;

KernelPollfds to_netbsd(const pollfd* kfds, size_t count) {
  KernelPollfds entries(count);
  for (size_t i = 0; i < count; ++i) {
    entries[i] = {kfds[i].fd, poll_events_to_netbsd(kfds[i].events), 0};
  }
  return entries;
}

bool at_end(int kfd) {
  char byte;
  const int flags = NB_MSG_PEEK | NB_MSG_DONTWAIT;
  return call(NB_SYS_recvfrom, kfd, &byte, sizeof byte, flags, nullptr, nullptr) == 0;
}

short revents_of(const netbsd::pollfd& entry, short events) {
  short revents = poll_events_to_linux(entry.revents, events);
  if ((events & POLLRDHUP) == 0) return revents;
  const bool hung_up = (revents & POLLHUP) != 0 || ((revents & POLLIN) != 0 && at_end(entry.fd));
  if (hung_up) revents = static_cast<short>(revents | POLLRDHUP);
  return revents;
}

/// Stores revents and returns how many are not 0.
Sysret to_linux(const KernelPollfds& entries, pollfd* kfds) {
  Sysret ready = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    kfds[i].revents = kfds[i].fd < 0 ? short{0} : revents_of(entries[i], kfds[i].events);
    if (kfds[i].revents != 0) ++ready;
  }
  return ready;
}

}  // namespace

Sysret poll(pollfd* kfds, size_t count, std::int64_t timeout_ns, const sigset_t* mask) {
  if (count > kMostDescriptors) return -EINVAL;
  if (kfds == nullptr && count != 0) return -EFAULT;
  KernelPollfds entries = to_netbsd(kfds, count);
  const netbsd::timespec timeout = {timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  const netbsd::timespec* limit = timeout_ns < 0 ? nullptr : &timeout;
  const Sysret result = mask != nullptr
                            ? call(*mask, NB_SYS_pollts50, entries.data(), count, limit, nullptr)
                            : call(NB_SYS_pollts50, entries.data(), count, limit, nullptr);
  return result < 0 ? result : to_linux(entries, kfds);
}

struct PendingPoll::State {
  pollfd* kfds;  ///< nullptr: nobody wants to know any more
  KernelPollfds entries;
  const void* frame;  ///< where on the stack it is waited for
  State* outer;       ///< that of the same thread that a signal handler interrupted
  farcall_call* call = nullptr;
  bool finished = false;
  Sysret result = 0;
  WakePipe wake = {};  ///< open where an interrupt would not end the poll; then the last entry

  void submit() {
    if (!kernel_interrupts_sleeps() && wake.open()) {
      entries.push_back({wake.reading_end(), NB_POLLIN, 0});
    }
    const std::uint64_t slots[] = {slot(entries.data()), slot(entries.size()), slot(nullptr),
                                   slot(nullptr)};
    call = farcall_submit(NB_SYS_pollts50, slots, 4);
    if (call != nullptr) return;
    finished = true;
    result = -EIO;
  }

  void interrupt() const {
    if (wake.is_open()) {
      wake.wake();
    } else {
      farcall_interrupt(call);
    }
  }

  void settle(int error, const long retval[2]) {
    finished = true;
    result = result_of(error, retval);
    if (wake.is_open()) entries.pop_back();
    if (result >= 0 && kfds != nullptr) result = to_linux(entries, kfds);
    farcall_call_free(call);
    call = nullptr;
  }
};

constinit thread_local PendingPoll::State* PendingPoll::innermost = nullptr;

PendingPoll::PendingPoll(pollfd* kfds, size_t count) {
  const void* frame = __builtin_frame_address(0);
  drop_orphans(frame);
  innermost = state_ = new State{kfds, to_netbsd(kfds, count), frame, innermost};
  state_->submit();
}

PendingPoll::~PendingPoll() {
  finish();
  innermost = state_->outer;
  delete state_;
}

// Those that a handler left by siglongjmp: the stack where they were waited for is below ours now.
void PendingPoll::drop_orphans(const void* frame) {
  stack_t alternate{};
  while (innermost != nullptr && innermost->frame <= frame &&
         sigaltstack(nullptr, &alternate) == 0 && (alternate.ss_flags & SS_ONSTACK) == 0) {
    State* orphan = std::exchange(innermost, innermost->outer);
    orphan->kfds = nullptr;
    finish(*orphan);
    delete orphan;
  }
}

int PendingPoll::fd() const { return state_->call == nullptr ? -1 : farcall_call_fd(state_->call); }

bool PendingPoll::finished() { return finished(*state_); }

bool PendingPoll::finished(State& state) {
  if (state.finished) return true;
  int error = 0;
  long retval[2] = {0, 0};
  if (farcall_try(state.call, &error, retval) == 0) return false;
  state.settle(error, retval);
  return true;
}

Sysret PendingPoll::finish() { return finish(*state_); }

Sysret PendingPoll::finish(State& state) {
  if (finished(state)) return state.result;
  state.interrupt();
  int error = 0;
  long retval[2] = {0, 0};
  farcall_wait(state.call, &error, retval);
  state.settle(error, retval);
  // EINTR is what was asked for: nothing was ready when the kernel looked last.
  if (state.result == -EINTR) {
    state.result = 0;
    for (size_t i = 0; i < state.entries.size() && state.kfds != nullptr; ++i) {
      state.kfds[i].revents = 0;
    }
  }
  return state.result;
}

}  // namespace farcall::personality
