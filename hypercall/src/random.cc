// Random pool. Linux makes no difference between hard and other randomness once its pool is filled.
#include <sys/random.h>

#include "errors.h"
#include "netbsd/constants.h"
#include "upcalls.h"

using namespace farcall::hypercall;

namespace {

/// As much as there is without waiting, or all of it. Returns the count; errno tells why it is not
/// all.
std::size_t fill(char* buffer, std::size_t size, unsigned flags) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::getrandom(buffer + done, size - done, flags);
    if (got == -1 && errno != EINTR) break;
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace

int rumpuser_getrandom(void* buffer, size_t size, int flags, size_t* got) {
  char* const bytes = static_cast<char*>(buffer);
  *got = fill(bytes, size, GRND_NONBLOCK);
  if (*got == size) return 0;
  if (errno != EAGAIN) return errno_to_netbsd(errno);
  if ((flags & RUMPUSER_RANDOM_NOWAIT) != 0) return *got > 0 ? 0 : NB_EAGAIN;
  // The host has only just booted.
  return sleeping([&] {
    *got += fill(bytes + *got, size - *got, 0);
    return *got == size ? 0 : errno_to_netbsd(errno);
  });
}
