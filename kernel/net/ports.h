// Who may bind what: the rules of SO_REUSEADDR and SO_REUSEPORT as BSD has them. lwIP's own are
// stricter in one way and laxer in another, so every control block carries lwIP's reuse flag and
// these decide.
#pragma once

#include "kernel/net/inet_socket.h"

namespace farcall::kernel {

/// `type` is the IPADDR_TYPE_* the socket would be bound with.
bool tcp_port_taken(const InetSocket& socket, const Endpoint& wanted, std::uint8_t type);
bool udp_port_taken(const InetSocket& socket, const Endpoint& wanted, std::uint8_t type);

/// A port that nobody uses, unpredictable (RFC 6056). NB_EAGAIN when there is none.
Result<std::uint16_t> tcp_free_port();
Result<std::uint16_t> udp_free_port();

/// SO_REUSEPORT: of those who share a port, the one with the greatest share takes what comes from
/// `peer`; always the same one while none comes or goes, and each for about as many peers.
std::uint64_t share_of(const InetSocket& socket, const Endpoint& peer);

}  // namespace farcall::kernel
