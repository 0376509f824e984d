// What a thread that spins, or has just been woken, needs of the processor.
#pragma once

#include <sched.h>

#include <chrono>
#include <cstdint>

namespace farcall::server {

/// To be called between two looks at a word that another thread writes.
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Where the calling thread runs just now.
inline unsigned current_cpu() { return static_cast<unsigned>(sched_getcpu()); }

/// Counts time in units that only pause_between knows.
using Ticks = std::uint64_t;

/// Now. Touches no memory: what clock_gettime(2) reads takes microseconds after idleness.
inline Ticks ticks() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return static_cast<Ticks>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

/// How long it was from one look to a later one. About: processors count two to four in a
/// nanosecond, and may count a little apart.
inline std::chrono::nanoseconds pause_between(Ticks from, Ticks to) {
#if defined(__x86_64__)
  constexpr Ticks kInNanosecond = 3;
#else
  constexpr Ticks kInNanosecond = 1;
#endif
  return std::chrono::nanoseconds(to > from ? (to - from) / kInNanosecond : 0);
}

}  // namespace farcall::server
