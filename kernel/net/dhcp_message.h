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
  std::uint32_t server = 0;
  std::uint32_t mask = 0;  ///< from servers alone, as is the next
  std::uint32_t router = 0;
};

/// The frame, a broadcast, in which a client sends `message`.
std::vector<std::byte> dhcp_frame(const DhcpMessage& message);

/// What a server says in `frame` to the client of that hardware address, in that exchange.
std::optional<DhcpMessage> parse_dhcp_frame(std::span<const std::byte> frame,
                                            std::uint32_t exchange, const eth_addr& client);

}  // namespace farcall::kernel
