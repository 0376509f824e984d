// Sleeping until a word changes: futex(2), private to the process.
#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>

namespace farcall::hypercall {

using FutexWord = std::atomic<std::uint32_t>;

/// Sleeps while `word` is `expected`, until woken or until `deadline` (CLOCK_MONOTONIC; nullptr:
/// for ever). False when the deadline has come. May return true for no reason.
bool futex_wait(FutexWord& word, std::uint32_t expected, const timespec* deadline = nullptr);

void futex_wake_one(FutexWord& word);
void futex_wake_all(FutexWord& word);

}  // namespace farcall::hypercall
