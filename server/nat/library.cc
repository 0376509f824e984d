// What libfarcall-nat.so exports.
#include <type_traits>

#include "server/nat/nat.h"
#include "server/nat/start.h"

extern "C" [[gnu::visibility("default")]] void farcall_start_nat(
    const farcall::server::NatSpec& spec, farcall::server::NatLog log,
    farcall::server::NatOutcome& outcome) {
  static_assert(std::is_same_v<decltype(farcall_start_nat), farcall::server::StartNat>);
  outcome = farcall::server::start_nat(spec, log);
}
