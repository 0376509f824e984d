// What `farcall serve --if` takes: a network interface that the kernel shall have.
//
//     tap:NAME[,SETTING]...     virtN, on the host's tap device NAME
//     shmif:PATH[,SETTING]...   shmifN, on the bus that is in the file PATH
//
// where a SETTING is ADDRESS/PREFIX, gw=ADDRESS, dhcp (an IPv4 address, by DHCP) or auto6 (IPv6
// addresses, as routers advertise them).
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/complaint.h"

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
  std::string link;  ///< the host's device, or the bus's file, absolute
  std::vector<Address> addresses;
  std::vector<Address> gateways;  ///< their prefix means nothing
  bool dhcp = false;
  bool auto6 = false;
};

std::variant<InterfaceSpec, Complaint> parse_interface_spec(std::string_view text);

}  // namespace farcall::server
