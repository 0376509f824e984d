#include "local.h"

#include <string_view>

#include "farcall/client.h"
#include "shim/host/host.h"

namespace farcall::shim::process {

bool refuses_process() {
  if (farcall_is_local() == 0) return false;
  constexpr std::string_view kWhy =
      "farcall: a program that has the kernel in its own process (farcall run --local) cannot "
      "fork or start another; use a server for it: farcall serve\n";
  host::raw(SYS_write, STDERR_FILENO, kWhy.data(), kWhy.size());
  return true;
}

}  // namespace farcall::shim::process
