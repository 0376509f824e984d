#include "futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace farcall::hypercall {

static_assert(sizeof(FutexWord) == sizeof(std::uint32_t) && FutexWord::is_always_lock_free);

bool futex_wait(FutexWord& word, std::uint32_t expected, const timespec* deadline) {
  // The bitset form is the one that takes an absolute time.
  const long result =
      TEMP_FAILURE_RETRY(::syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, expected, deadline,
                                   nullptr, FUTEX_BITSET_MATCH_ANY));
  return result == 0 || errno != ETIMEDOUT;
}

void futex_wake_one(FutexWord& word) { ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1); }

void futex_wake_all(FutexWord& word) { ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX); }

}  // namespace farcall::hypercall
