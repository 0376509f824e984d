// What `farcall serve --if` takes: a network interface that the kernel shall have.
//
//     tap:NAME[,ADDRESS/PREFIX]...[,gw=ADDRESS]...     on the host's tap device NAME
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/complaint.h"

namespace farcall::server {

struct InterfaceSpec {
  struct Address {
    std::string text;
    int prefix;
    bool is_ipv6;
  };
  std::string link;  ///< the host's device
  std::vector<Address> addresses;
  std::vector<Address> gateways;  ///< their prefix means nothing
};

std::variant<InterfaceSpec, Complaint> parse_interface_spec(std::string_view text);

}  // namespace farcall::server
