#include "local.h"

#include <string.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <iterator>

#include "local_helper.h"
#include "local_kernel.h"
#include "local_memory.h"
#include "lock.h"
#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "netbsd/syscalls.h"

namespace farcall::client::local {
namespace {

constinit std::atomic<bool> is_running{false};

/// When a call sleeps. Those that are not listed do not, or not for long.
enum class Sleep {
  without_input,  ///< on the descriptor that is its first argument
  without_room,   ///< there, for the bytes that are its third argument
  by_timeout,     ///< pollts
  perhaps,        ///< on that descriptor, nobody knows how long
  always,
};
constexpr int kNoFlags = -1;

struct Sleeper {
  int number;
  Sleep when;
  int flags;  ///< the argument that may have MSG_DONTWAIT
};
constexpr Sleeper kSleepers[] = {
    {NB_SYS_read, Sleep::without_input, kNoFlags},
    {NB_SYS_readv, Sleep::without_input, kNoFlags},
    {NB_SYS_recvfrom, Sleep::without_input, 3},
    {NB_SYS_recvmsg, Sleep::without_input, 2},
    {NB_SYS_recvmmsg, Sleep::perhaps, 3},
    {NB_SYS_accept, Sleep::without_input, kNoFlags},
    {NB_SYS_paccept, Sleep::without_input, kNoFlags},
    {NB_SYS_write, Sleep::without_room, kNoFlags},
    {NB_SYS_sendto, Sleep::without_room, 3},
    {NB_SYS_writev, Sleep::perhaps, kNoFlags},
    {NB_SYS_sendmsg, Sleep::perhaps, 2},
    {NB_SYS_sendmmsg, Sleep::perhaps, 3},
    {NB_SYS_connect, Sleep::perhaps, kNoFlags},
    {NB_SYS_pollts50, Sleep::by_timeout, kNoFlags},
    {NB_SYS_poll, Sleep::always, kNoFlags},
    {NB_SYS_select50, Sleep::always, kNoFlags},
    {NB_SYS_pselect50, Sleep::always, kNoFlags},
    {NB_SYS_nanosleep50, Sleep::always, kNoFlags},
    {NB_SYS_clock_nanosleep, Sleep::always, kNoFlags},
};

template <class... Slots>
Outcome direct(int number, Slots... slots) {
  return call_kernel({number, sizeof...(slots), {static_cast<std::uint64_t>(slots)...}});
}

std::uint64_t address(void* of) { return reinterpret_cast<std::uintptr_t>(of); }

bool has_input(std::uint64_t fd) {
  struct {
    int fd;
    short events;
    short revents;
    std::int64_t now[2];
  } asked{static_cast<int>(fd), NB_POLLIN, 0, {0, 0}};
  const OwnMemory own(&asked, sizeof asked);
  const Outcome found = direct(NB_SYS_pollts50, address(&asked), 1, address(asked.now), 0);
  return found.error == 0 && found.retval[0] > 0;
}

/// What has no such thing as room, fails or does not sleep.
bool has_room(std::uint64_t fd, std::uint64_t size) {
  int room = 0;
  const OwnMemory own(&room, sizeof room);
  const Outcome found = direct(NB_SYS_ioctl, fd, NB_FIONSPACE, address(&room));
  return found.error != 0 || static_cast<std::uint64_t>(std::max(room, 0)) >= size;
}

bool is_nonblocking(std::uint64_t fd) {
  const Outcome flags = direct(NB_SYS_fcntl, fd, NB_F_GETFL, 0);
  return flags.error == 0 && (flags.retval[0] & NB_O_NONBLOCK) != 0;
}

/// pollts, if something is ready or nobody would wait.
bool poll_now(const Arguments& call, Outcome& outcome) {
  std::int64_t now[2] = {0, 0};
  const OwnMemory own(now, sizeof now);
  const auto* timeout = reinterpret_cast<const std::int64_t*>(call.slots[2]);
  const bool waits = timeout == nullptr || timeout[0] != 0 || timeout[1] != 0;
  outcome = direct(NB_SYS_pollts50, call.slots[0], call.slots[1], address(now), 0);
  return !waits || outcome.error != 0 || outcome.retval[0] > 0;
}

bool would_sleep(const Sleeper& sleeper, const Arguments& call) {
  const auto& slots = call.slots;
  if (sleeper.flags != kNoFlags &&
      (slots[static_cast<std::size_t>(sleeper.flags)] & NB_MSG_DONTWAIT) != 0) {
    return false;
  }
  if (sleeper.when == Sleep::without_input && has_input(slots[0])) return false;
  if (sleeper.when == Sleep::without_room && has_room(slots[0], slots[2])) return false;
  const bool has_descriptor = sleeper.when != Sleep::by_timeout && sleeper.when != Sleep::always;
  return !has_descriptor || !is_nonblocking(slots[0]);
}

/// False: the call may sleep and was not made.
bool make_without_sleep(const Arguments& call, Outcome& outcome) {
  const auto* sleeper = std::find_if(std::begin(kSleepers), std::end(kSleepers),
                                     [&](auto& each) { return each.number == call.number; });
  if (sleeper != std::end(kSleepers)) {
    if (sleeper->when == Sleep::by_timeout && poll_now(call, outcome)) return true;
    if (would_sleep(*sleeper, call)) return false;
  }
  outcome = call_kernel(call);
  return true;
}

Arguments arguments_of(int number, const std::uint64_t* slots, unsigned count) {
  Arguments arguments{number, std::min(count, Arguments::kMost), {}};
  std::copy_n(slots, arguments.count, arguments.slots.begin());
  return arguments;
}

int hand_over(const Outcome& outcome, long retval[2]) {
  std::copy_n(outcome.retval.begin(), 2, retval);
  return outcome.error;
}

Helper& helper_of(farcall_call* call) { return *reinterpret_cast<Helper*>(call); }

}  // namespace

bool running() { return is_running.load(std::memory_order_relaxed); }

Result<void> start(const char* url, Reason& reason) {
  if (auto loaded = load_kernel(url + strlen(kScheme), reason); !loaded.ok()) return loaded;
  is_running = true;
  return {};
}

int system_call(int number, const std::uint64_t* slots, unsigned count, long retval[2],
                Waiting waiting) {
  const Arguments arguments = arguments_of(number, slots, count);
  const SignalsBlocked blocked;
  Outcome outcome;
  if (make_without_sleep(arguments, outcome)) return hand_over(outcome, retval);
  Helper* helper = Helper::take();
  if (helper == nullptr) return NB_EAGAIN;
  helper->begin(arguments);
  helper->wait(waiting.patience, waiting.open != nullptr ? *waiting.open : blocked.program_mask());
  const int error = hand_over(helper->outcome(), retval);
  helper->give_back();
  return error;
}

farcall_call* submit(int number, const std::uint64_t* slots, unsigned count, int* error) {
  const SignalsBlocked blocked;
  Helper* helper = Helper::take();
  if (helper == nullptr) {
    *error = EAGAIN;
    return nullptr;
  }
  helper->begin(arguments_of(number, slots, count));
  return reinterpret_cast<farcall_call*>(helper);
}

int call_fd(farcall_call* call) { return helper_of(call).event(); }

bool try_now(farcall_call* call, int* error, long retval[2]) {
  if (!helper_of(call).has_ended()) return false;
  *error = hand_over(helper_of(call).outcome(), retval);
  return true;
}

void interrupt(farcall_call* call) {
  const SignalsBlocked blocked;
  helper_of(call).interrupt();
}

void wait(farcall_call* call, int* error, long retval[2]) {
  const SignalsBlocked blocked;
  helper_of(call).wait(Patience::steadfast, blocked.program_mask());
  *error = hand_over(helper_of(call).outcome(), retval);
}

void free(farcall_call* call) {
  const SignalsBlocked blocked;
  Helper& helper = helper_of(call);
  if (!helper.has_ended()) {
    helper.interrupt();
    helper.wait(Patience::steadfast, blocked.program_mask());
  }
  helper.give_back();
}

}  // namespace farcall::client::local
