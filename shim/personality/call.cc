#include "personality/call.h"

#include <cerrno>

#include "farcall/client.h"
#include "farcall/host_numbers.h"

namespace farcall::personality {

Sysret result_of(int error, const long retval[2]) {
  if (error == 0) return retval[0];
  // A lost connection is to the program what a broken device is: no errno of the call itself would
  // be true.
  return error < 0 ? -EIO : -errno_from_netbsd(error);
}

Sysret call_with_slots(Restart restart, int number, const std::uint64_t* slots, unsigned count) {
  long retval[2] = {0, 0};
  const int error =
      farcall_syscall(number, slots, count, retval, restart == Restart::as_handler_says ? 1 : 0);
  return result_of(error, retval);
}

}  // namespace farcall::personality
