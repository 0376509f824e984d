#include "lock.h"

#include <linux/futex.h>
#include <signal.h>

namespace farcall::shim {

namespace {

constexpr std::uint64_t kEverySignal = ~std::uint64_t{0};

std::uint64_t swap_signal_mask(std::uint64_t mask) {
  std::uint64_t before = 0;
  host::raw(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &before, sizeof mask);
  return before;
}

}  // namespace

void SignalSafeMutex::lock() {
  const std::uint64_t before = swap_signal_mask(kEverySignal);
  std::uint32_t expected = 0;
  if (!word_.compare_exchange_strong(expected, 1, std::memory_order_acquire)) {
    while (word_.exchange(2, std::memory_order_acquire) != 0) {
      host::raw(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, 2, nullptr);
    }
  }
  mask_ = before;
}

void SignalSafeMutex::unlock() {
  const std::uint64_t before = mask_;
  if (word_.exchange(0, std::memory_order_release) == 2) {
    host::raw(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1);
  }
  swap_signal_mask(before);
}

}  // namespace farcall::shim
