#include "server/socket_space.h"

#include <cstddef>

#include "netbsd/constants.h"
#include "server/kernel_symbol.h"

namespace farcall::server {
namespace {

/// Bytes; the largest datagram that there can be.
constexpr int kSend = 65'535;
/// Less than the kernel's limit for any socket, of 256 KiB with its own bookkeeping.
constexpr int kReceive = 200 << 10;
/// In each direction of a stream.
constexpr int kStream = 128 << 10;
/// Of 10 ms, before data is acknowledged by itself.
constexpr int kAcknowledgeTicks = 4;

/// Their numbers in UDP over IPv6, which differ (UDP6CTL_SENDSPACE, UDP6CTL_RECVSPACE).
constexpr int kSendSpace6 = 1;
constexpr int kReceiveSpace6 = 2;

using Sysctl = int (*)(const int* name, unsigned name_length, void* old_value,
                       std::size_t* old_size, const void* new_value, std::size_t new_size);

}  // namespace

void adapt_sockets(void* kernel) {
  Sysctl sysctl = nullptr;
  if (!take(kernel, "rump___sysimpl___sysctl", sysctl)) return;
  const auto set = [sysctl](int family, int protocol, int what, int value) {
    const int name[] = {NB_CTL_NET, family, protocol, what};
    sysctl(name, 4, nullptr, nullptr, &value, sizeof value);
  };
  set(NB_AF_INET, NB_IPPROTO_UDP, NB_UDPCTL_SENDSPACE, kSend);
  set(NB_AF_INET, NB_IPPROTO_UDP, NB_UDPCTL_RECVSPACE, kReceive);
  set(NB_AF_INET6, NB_IPPROTO_UDP, kSendSpace6, kSend);
  set(NB_AF_INET6, NB_IPPROTO_UDP, kReceiveSpace6, kReceive);
  // Of IPv6 as well.
  set(NB_AF_INET, NB_IPPROTO_TCP, NB_TCPCTL_SENDSPACE, kStream);
  set(NB_AF_INET, NB_IPPROTO_TCP, NB_TCPCTL_RECVSPACE, kStream);
  set(NB_AF_INET, NB_IPPROTO_TCP, NB_TCPCTL_DELACK_TICKS, kAcknowledgeTicks);
}

}  // namespace farcall::server
