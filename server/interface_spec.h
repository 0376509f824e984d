// What `farcall serve --if` takes: a network interface that the kernel shall have.
//
//     tap:NAME[,SETTING]...     virtN, on the host's tap device NAME
//     shmif:PATH[,SETTING]...   shmifN, on the bus that is in the file PATH
//     nat[,SETTING]...          virtN, in a network behind the host's (nat_spec.h)
//
// where a SETTING is ADDRESS/PREFIX, gw=ADDRESS, dhcp (an IPv4 address, by DHCP) or auto6 (IPv6
// addresses, as routers advertise them). With nat what is not said of addresses and gateways is
// chosen.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/complaint.h"
#include "server/nat_spec.h"

namespace farcall::server {

/// The kernel's drivers.
inline constexpr const char* kVirtif = "virt";
inline constexpr const char* kShmif = "shmif";

struct InterfaceSpec {
  struct Address {
    std::string text;
    int prefix;
    bool is_ipv6;
  };
  std::string driver;
  std::string link;  ///< the host's device, or the bus's file, absolute; none yet with `nat`
  std::optional<NatSpec> nat;
  std::vector<Address> addresses;
  std::vector<Address> gateways;  ///< their prefix means nothing
  bool dhcp = false;
  bool auto6 = false;
};

std::variant<InterfaceSpec, Complaint> parse_interface_spec(std::string_view text);

}  // namespace farcall::server
