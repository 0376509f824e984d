#include "personality/call.h"

#include <cerrno>
#include <cstring>

#include "farcall/client.h"
#include "farcall/host_numbers.h"

namespace farcall::personality {

Sysret result_of(int error, const long retval[2]) {
  if (error == 0) return retval[0];
  // A lost connection is to the program what a broken device is: no errno of the call itself would
  // be true.
  return error < 0 ? -EIO : -errno_from_netbsd(error);
}

Sysret call_with_slots(int number, const std::uint64_t* slots, unsigned count) {
  long retval[2] = {0, 0};
  const int error = farcall_syscall(number, slots, count, retval, 1);
  return result_of(error, retval);
}

Sysret call_with_slots(const sigset_t& mask, int number, const std::uint64_t* slots,
                       unsigned count) {
  // The kernel's signal sets are the beginnings of the C library's.
  std::uint64_t open = 0;
  std::memcpy(&open, &mask, sizeof open);
  long retval[2] = {0, 0};
  const int error = farcall_syscall_masked(number, slots, count, retval, open);
  return result_of(error, retval);
}

}  // namespace farcall::personality
