// poll on kernel descriptors, at once or while something else is waited for.
//
// POLLRDHUP, which NetBSD lacks, is found by peeking: where it is asked for together with POLLIN, a
// readable socket that has nothing to read has been shut down by its peer. Asked for alone it is
// reported only with POLLHUP.
#include "personality/netbsd.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <new>
#include <utility>

#include "farcall/client.h"
#include "host/small_array.h"
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

/// The pollfds of one wait as NetBSD wants them. A handler may poll, so malloc may not be used.
struct KernelPollfds : shim::SmallArray<netbsd::pollfd> {
  /// With room for one more.
  KernelPollfds(const pollfd* kfds, size_t count) : SmallArray(count + 1) {
    for (size_t i = 0; i < count && ok(); ++i) {
      push_back({kfds[i].fd, poll_events_to_netbsd(kfds[i].events), 0});
    }
  }
};

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
Sysret to_linux(KernelPollfds& entries, pollfd* kfds, size_t count) {
  Sysret ready = 0;
  for (size_t i = 0; i < count; ++i) {
    kfds[i].revents = kfds[i].fd < 0 ? short{0} : revents_of(entries[i], kfds[i].events);
    if (kfds[i].revents != 0) ++ready;
  }
  return ready;
}

}  // namespace

Sysret poll(pollfd* kfds, size_t count, std::int64_t timeout_ns, const sigset_t* mask) {
  if (count > kMostDescriptors) return -EINVAL;
  if (kfds == nullptr && count != 0) return -EFAULT;
  KernelPollfds entries(kfds, count);
  if (!entries.ok()) return -ENOMEM;
  const netbsd::timespec timeout = {timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  const netbsd::timespec* limit = timeout_ns < 0 ? nullptr : &timeout;
  const Sysret result = mask != nullptr
                            ? call(*mask, NB_SYS_pollts50, entries.data(), count, limit, nullptr)
                            : call(NB_SYS_pollts50, entries.data(), count, limit, nullptr);
  return result < 0 ? result : to_linux(entries, kfds, count);
}

/// Not on the stack: what the kernel writes to must stay when a handler leaves by siglongjmp.
struct PendingPoll::State {
  pollfd* kfds;  ///< nullptr: nobody wants to know any more
  size_t count;
  KernelPollfds entries;
  const void* frame;  ///< where on the stack it is waited for
  State* outer;       ///< that of the same thread that a signal handler interrupted
  farcall_call* call = nullptr;
  bool finished = false;
  Sysret result = 0;
  WakePipe wake = {};  ///< open where an interrupt would not end the poll; then the last entry

  static State* make(pollfd* kfds, size_t count, const void* frame, State* outer);
  static void destroy(State* state);

  void submit() {
    finished = true;
    result = -ENOMEM;
    if (!entries.ok()) return;
    if (!kernel_interrupts_sleeps() && wake.open()) {
      entries.push_back({wake.reading_end(), NB_POLLIN, 0});
    }
    const std::uint64_t slots[] = {slot(entries.data()), slot(entries.size()), slot(nullptr),
                                   slot(nullptr)};
    call = farcall_submit(NB_SYS_pollts50, slots, 4);
    finished = call == nullptr;
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
    if (result >= 0 && kfds != nullptr) result = to_linux(entries, kfds, count);
    farcall_call_free(call);
    call = nullptr;
  }
};

namespace {

/// Memory of states that are no more, for the next ones.
constinit std::array<std::atomic<void*>, 8> spare_memory{};

}  // namespace

PendingPoll::State* PendingPoll::State::make(pollfd* kfds, size_t count, const void* frame,
                                             State* outer) {
  void* memory = nullptr;
  for (auto& spare : spare_memory) {
    if (memory == nullptr) memory = spare.exchange(nullptr);
  }
  if (memory == nullptr) {
    const long mapped = raw_syscall(SYS_mmap, nullptr, sizeof(State), PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
    if (shim::is_error(mapped)) return nullptr;
    memory = reinterpret_cast<void*>(mapped);
  }
  return new (memory) State{kfds, count, {kfds, count}, frame, outer};
}

void PendingPoll::State::destroy(State* state) {
  state->~State();
  for (auto& spare : spare_memory) {
    void* none = nullptr;
    if (spare.compare_exchange_strong(none, state)) return;
  }
  raw_syscall(SYS_munmap, state, sizeof(State));
}

constinit thread_local PendingPoll::State* PendingPoll::innermost = nullptr;

PendingPoll::PendingPoll(pollfd* kfds, size_t count) {
  const void* frame = __builtin_frame_address(0);
  drop_orphans(frame);
  state_ = State::make(kfds, count, frame, innermost);
  if (state_ == nullptr) return;
  innermost = state_;
  state_->submit();
}

PendingPoll::~PendingPoll() {
  if (state_ == nullptr) return;
  finish();
  innermost = state_->outer;
  State::destroy(state_);
}

// Those that a handler left by siglongjmp: the stack where they were waited for is below ours now.
void PendingPoll::drop_orphans(const void* frame) {
  stack_t alternate{};
  while (innermost != nullptr && innermost->frame <= frame &&
         sigaltstack(nullptr, &alternate) == 0 && (alternate.ss_flags & SS_ONSTACK) == 0) {
    State* orphan = std::exchange(innermost, innermost->outer);
    orphan->kfds = nullptr;
    finish(*orphan);
    State::destroy(orphan);
  }
}

int PendingPoll::fd() const {
  return state_ == nullptr || state_->call == nullptr ? -1 : farcall_call_fd(state_->call);
}

bool PendingPoll::finished() { return state_ == nullptr || finished(*state_); }

bool PendingPoll::finished(State& state) {
  if (state.finished) return true;
  int error = 0;
  long retval[2] = {0, 0};
  if (farcall_try(state.call, &error, retval) == 0) return false;
  state.settle(error, retval);
  return true;
}

Sysret PendingPoll::finish() { return state_ == nullptr ? -ENOMEM : finish(*state_); }

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
    for (size_t i = 0; i < state.count && state.kfds != nullptr; ++i) {
      state.kfds[i].revents = 0;
    }
  }
  return state.result;
}

}  // namespace farcall::personality
