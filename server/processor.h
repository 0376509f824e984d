// What a thread that spins needs of the processor.
#pragma once

#include <sched.h>

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

}  // namespace farcall::server
