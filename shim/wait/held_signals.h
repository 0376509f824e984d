// Signals that are held back from a waiting call's entry on, until it sleeps: so a handler ends the
// sleep also when its signal came on the way there, as with a call of the host's.
#pragma once

#include <signal.h>

#include <cstdint>

#include "deadline.h"
#include "shim/host/host.h"

namespace farcall::shim {

constexpr std::uint64_t signal_bit(int signal) { return std::uint64_t{1} << (signal - 1); }

/// All but those that an instruction raises, such as one that meets a bad address of the program's,
/// and the C library's own two, which its cancellation points wait for (pthread_cancel).
inline constexpr std::uint64_t kHeldSignals =
    ~(signal_bit(SIGSEGV) | signal_bit(SIGBUS) | signal_bit(SIGILL) | signal_bit(SIGFPE) |
      signal_bit(SIGTRAP) | signal_bit(SIGSYS) | signal_bit(32) | signal_bit(33));

class HeldSignals {
 public:
  /// `mask` is what the program wants its signal mask to be while it sleeps, as in ppoll(2); NULL:
  /// what it is now. A call that only looks, and has no mask, holds none.
  HeldSignals(const sigset_t* mask, const Deadline& deadline)
      : asked_(mask), held_(mask != nullptr || !deadline.is_now()) {
    if (!held_) return;
    host::raw(SYS_rt_sigprocmask, SIG_BLOCK, &kHeldSignals, &before_, host::kKernelSignalSetSize);
  }
  ~HeldSignals() {
    if (!held_) return;
    host::raw(SYS_rt_sigprocmask, SIG_SETMASK, &before_, nullptr, host::kKernelSignalSetSize);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  /// The mask to sleep with; NULL when none are held.
  [[nodiscard]] const sigset_t* open() const {
    if (!held_) return nullptr;
    return asked_ != nullptr ? asked_ : &before_;
  }
  /// True when the program gave a mask.
  [[nodiscard]] bool has_mask() const { return asked_ != nullptr; }

 private:
  const sigset_t* asked_;
  const bool held_;
  sigset_t before_{};
};

}  // namespace farcall::shim
