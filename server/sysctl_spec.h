// What to set in a kernel before the first client comes, as `farcall serve --sysctl` takes it:
//
//     NAME=VALUE    net.inet.ip.forwarding=1
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/complaint.h"

namespace farcall::server {

struct SysctlSpec {
  std::string name;   ///< as sysctl(8) of NetBSD has it
  std::string value;  ///< a number, for those that are numbers
};

std::variant<SysctlSpec, Complaint> parse_sysctl_spec(std::string_view text);

/// Sets it in the kernel whose symbols `kernel`, a handle of dlopen, finds.
std::optional<Complaint> set_sysctl(void* kernel, const SysctlSpec& spec);

}  // namespace farcall::server
