// DHCP's messages (RFC 2131, RFC 2132), as Ethernet frames: an interface without an address has no
// use for sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "kernel/net/lwip.h"

namespace farcall::kernel {

enum class DhcpType : std::uint8_t { discover = 1, offer = 2, request = 3, ack = 5, nak = 6 };

/// What a client and its servers say to one another. Addresses are in the network's order, 0 where
/// there is none.
struct DhcpMessage {
  DhcpType type = DhcpType::discover;
  std::uint32_t exchange = 0;  ///< a random number of the client's
  eth_addr client = {};        ///< its hardware address
  std::uint32_t address = 0;   ///< that is offered, asked for, or given
  std::uint32_t held = 0;      ///< that the client has, and wants to keep
  std::uint32_t server = 0;
  // From servers alone. Times are in seconds, 0 where none is said.
  std::uint32_t mask = 0;
  std::uint32_t router = 0;
  std::uint32_t lease_time = 0, renewal_time = 0, rebinding_time = 0;
  eth_addr station = {};  ///< the neighbour from which it came
};

/// Where to find one server.
struct DhcpServer {
  std::uint32_t address;
  eth_addr station;
};

/// The frame in which a client sends `message`, to that server or to all.
std::vector<std::byte> dhcp_frame(const DhcpMessage& message,
                                  const std::optional<DhcpServer>& to = std::nullopt);

/// What a server says in `frame` to the client of that hardware address, in that exchange.
std::optional<DhcpMessage> parse_dhcp_frame(std::span<const std::byte> frame,
                                            std::uint32_t exchange, const eth_addr& client);

}  // namespace farcall::kernel
