#include "server/nat/start.h"

#include <spdlog/spdlog.h>

#include "server/optional_library.h"

namespace farcall::server {

NatOutcome load_and_start_nat(const NatSpec& spec) {
  auto found = load_function(kNatLibrary, kStartNat);
  if (auto* why = std::get_if<Complaint>(&found)) return std::move(*why);
  NatOutcome outcome;
  // The library has no logger: it would be another than this program's.
  const NatLog log = [](const char* text) { spdlog::debug("nat: {}", text); };
  reinterpret_cast<StartNat*>(std::get<void*>(found))(spec, log, outcome);
  return outcome;
}

}  // namespace farcall::server
