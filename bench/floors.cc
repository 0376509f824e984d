#include "bench/floors.h"

#include <immintrin.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bench/failure.h"

namespace farcall::bench {
namespace {

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) {
  return syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

}  // namespace

SpinPingPong::SpinPingPong(const Context& /*context*/) {
  serve_in_thread([this] { serve(); });
}

void SpinPingPong::serve() {
  stay_far(Placement::two_cpus);
  for (;;) {
    running_.wait(false);
    while (running_.load(std::memory_order_relaxed)) {
      const auto asked = asked_.load(std::memory_order_acquire);
      if (asked != answered_.load(std::memory_order_relaxed)) {
        answered_.store(asked, std::memory_order_release);
      } else {
        _mm_pause();
      }
    }
  }
}

void SpinPingPong::begin_round() {
  stay_near(Placement::two_cpus);
  running_ = true;
  running_.notify_all();
}

void SpinPingPong::end_round() {
  running_ = false;
  stay_near(Placement::anywhere);
}

void SpinPingPong::operation() {
  const auto next = asked_.load(std::memory_order_relaxed) + 1;
  asked_.store(next, std::memory_order_release);
  while (answered_.load(std::memory_order_acquire) != next) _mm_pause();
}

void Mailbox::post(std::uint32_t sequence) {
  const auto before = word_.exchange(sequence << 1);
  if ((before & 1) != 0) futex(word_, FUTEX_WAKE, 1);
}

void Mailbox::wait_for(std::uint32_t sequence, unsigned spins) {
  const std::uint32_t wanted = sequence << 1;
  for (unsigned i = 0; i < spins; ++i) {
    if ((word_.load(std::memory_order_acquire) & ~1U) == wanted) return;
    _mm_pause();
  }
  for (auto seen = word_.load(); (seen & ~1U) != wanted; seen = word_.load()) {
    if (word_.compare_exchange_strong(seen, seen | 1)) futex(word_, FUTEX_WAIT, seen | 1);
  }
}

FutexPingPong::FutexPingPong(const Context& /*context*/, Placement placement, unsigned spins)
    : placement_(placement), spins_(spins) {
  serve_in_thread([this] {
    stay_far(placement_);
    for (std::uint32_t sequence = 1;; ++sequence) {
      question_.wait_for(sequence & 0xffffff, spins_);
      answer_.post(sequence & 0xffffff);
    }
  });
}

void FutexPingPong::operation() {
  sequence_ = (sequence_ + 1) & 0xffffff;
  question_.post(sequence_);
  answer_.wait_for(sequence_, spins_);
}

void MemoryRead::operation() {
  const iovec local{to_.data(), to_.size()};
  const iovec remote{from_.data(), from_.size()};
  const auto count = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
  require(count == static_cast<ssize_t>(to_.size()), "process_vm_readv");
}

}  // namespace farcall::bench
