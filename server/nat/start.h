// Starting user-mode NAT, which lies in a library of its own (server/nat/nat.h).
#pragma once

#include <string>
#include <variant>

#include "server/complaint.h"
#include "server/nat_spec.h"

namespace farcall::server {

using NatOutcome = std::variant<std::string, Complaint>;
/// Who is told what a kernel sent that makes no sense; by any thread.
using NatLog = void (*)(const char* text);

/// The library's function, which has no C++ name: as start_nat, whose result it assigns.
using StartNat = void(const NatSpec& spec, NatLog log, NatOutcome& outcome);
inline constexpr const char* kNatLibrary = "libfarcall-nat.so";
inline constexpr const char* kStartNat = "farcall_start_nat";

/// Loads the library at the first call. The outcome and when to call it: as start_nat.
NatOutcome load_and_start_nat(const NatSpec& spec);

}  // namespace farcall::server
