// A bridge between interfaces of the kernel's, as `farcall serve --bridge` takes it:
//
//     INTERFACE,INTERFACE[,INTERFACE]...    shmif0,virt0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/complaint.h"

namespace farcall::server {

struct BridgeSpec {
  std::vector<std::string> members;
};

std::variant<BridgeSpec, Complaint> parse_bridge_spec(std::string_view text);

/// Makes bridgeN, N being `unit`, in the kernel whose symbols `kernel`, a handle of dlopen, finds.
/// Its members must be there.
std::optional<Complaint> add_bridge(void* kernel, unsigned unit, const BridgeSpec& spec);

}  // namespace farcall::server
