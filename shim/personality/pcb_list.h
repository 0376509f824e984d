// The kernel's sockets, from the sysctl nodes called pcblist.
#pragma once

#include <cstdint>
#include <vector>

#include "farcall/routing_message.h"
#include "personality/personality.h"

namespace farcall::personality {

struct SocketName {
  std::array<std::uint8_t, 16> address = {};  ///< IPv4 in the first four bytes
  std::uint16_t port = 0;                     ///< host order
};

struct PcbInfo {
  int protocol = 0;
  int tcp_state = 0;  ///< NetBSD's TCPS_*
  bool connected = false;
  SocketName local, remote;
  unsigned long receive_queue = 0, send_queue = 0;
  std::uint64_t identity = 0;  ///< differs between sockets that exist at the same time
};

/// From kinfo_pcb records, one behind the other.
std::vector<PcbInfo> parse_pcbs(Bytes bytes);

/// `family` and `protocol` as in net.inet.tcp: NetBSD's PF_INET or PF_INET6, IPPROTO_TCP, _UDP or
/// _RAW. A kernel that has no such node has no such sockets. 0 or a negative Linux errno.
Sysret read_pcbs(int family, int protocol, std::vector<PcbInfo>& pcbs);

/// TCP_ESTABLISHED … of <netinet/tcp.h>.
int tcp_state_to_linux(int netbsd_state);

}  // namespace farcall::personality
