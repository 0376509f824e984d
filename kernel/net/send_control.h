// The control messages that go with a packet to send.
#pragma once

#include <cstddef>
#include <span>

#include "farcall/result.h"
#include "kernel/net/lwip.h"

namespace farcall::kernel {

/// What one packet asks for in place of its socket's own settings.
struct SendControl {
  bool has_source = false;
  ip_addr_t source = {};         ///< one of the machine's own addresses, when has_source
  unsigned interface_index = 0;  ///< where to send it; 0: as routed
  int hops = -1;                 ///< TTL or hop limit; -1: the socket's
  int traffic_class = -1;        ///< TOS or traffic class; -1: the socket's
};

/// Reads the messages of a socket of `domain`: IP_PKTINFO, IP_RECVDSTADDR (the source; FreeBSD's
/// and later NetBSD's IP_SENDSRCADDR), IPV6_PKTINFO, IPV6_HOPLIMIT and IPV6_TCLASS; of our own
/// IP_TTL and IP_TOS, ints. An AF_INET6 socket takes those of IPv4 too, for its mapped
/// destinations.
/// NB_EINVAL for a malformed or unknown one or a value out of range, NB_ENXIO for an interface that
/// is not there, NB_EADDRNOTAVAIL for a source that is not ours.
Result<SendControl> read_send_control(std::span<const std::byte> control, int domain);

}  // namespace farcall::kernel
