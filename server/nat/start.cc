#include "server/nat/start.h"

#include "server/optional_library.h"

namespace farcall::server {

NatOutcome load_and_start_nat(const NatSpec& spec) {
  auto found = load_function(kNatLibrary, kStartNat);
  if (auto* why = std::get_if<Complaint>(&found)) return std::move(*why);
  NatOutcome outcome;
  reinterpret_cast<StartNat*>(std::get<void*>(found))(spec, outcome);
  return outcome;
}

}  // namespace farcall::server
