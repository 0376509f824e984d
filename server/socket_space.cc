#include "server/socket_space.h"

#include <cstddef>
#include <cstdlib>
#include <initializer_list>
#include <iterator>

#include "netbsd/constants.h"
#include "server/kernel_symbol.h"

namespace farcall::server {
namespace {

/// Bytes; the largest datagram that there can be.
constexpr int kSend = 65'535;
/// Less than the kernel's own limit for any socket, of 256 KiB with its own bookkeeping.
constexpr int kRoom = 200 << 10;
/// In each direction of a stream; the second in a kernel whose memory is limited.
constexpr int kStream = 512 << 10;
constexpr int kShortStream = 128 << 10;
/// The most for any socket, with the kernel's own bookkeeping.
constexpr int kAnySocket = 2 * kStream;
/// Buffers of 2 KiB for all sockets together: twice as many as by default, and the most that the
/// kernel takes.
constexpr int kBuffers = 32'768;
/// Of 10 ms, before data is acknowledged by itself.
constexpr int kAcknowledgeTicks = 4;

/// Their numbers in UDP over IPv6, which differ (UDP6CTL_SENDSPACE, UDP6CTL_RECVSPACE).
constexpr int kSendSpace6 = 1;
constexpr int kReceiveSpace6 = 2;
/// Of KERN_MBUF (MBUF_NMBCLUSTERS).
constexpr int kNumberOfBuffers = 3;

/// Local sockets have no such settings, only variables: their room, and the largest datagram.
constexpr const char* kLocalRoom[] = {"rumpns_unpst_sendspace", "rumpns_unpst_recvspace",
                                      "rumpns_unpdg_sendspace", "rumpns_unpdg_recvspace"};

using Sysctl = int (*)(const int* name, unsigned name_length, void* old_value,
                       std::size_t* old_size, const void* new_value, std::size_t new_size);

void widen_local_sockets(void* kernel) {
  for (const char* const name : kLocalRoom) {
    unsigned long* room = nullptr;
    if (take(kernel, name, room)) *room = kRoom;
  }
}

}  // namespace

void adapt_sockets(void* kernel) {
  Sysctl sysctl = nullptr;
  if (!take(kernel, "rump___sysimpl___sysctl", sysctl)) return;
  const auto set_any = [sysctl](std::initializer_list<int> name, int value) {
    const auto depth = static_cast<unsigned>(name.size());
    return sysctl(std::data(name), depth, nullptr, nullptr, &value, sizeof value) == 0;
  };
  const auto set = [set_any](int family, int protocol, int what, int value) {
    return set_any({NB_CTL_NET, family, protocol, what}, value);
  };
  set(NB_AF_INET, NB_IPPROTO_UDP, NB_UDPCTL_SENDSPACE, kSend);
  set(NB_AF_INET, NB_IPPROTO_UDP, NB_UDPCTL_RECVSPACE, kRoom);
  set(NB_AF_INET6, NB_IPPROTO_UDP, kSendSpace6, kSend);
  set(NB_AF_INET6, NB_IPPROTO_UDP, kReceiveSpace6, kRoom);
  const bool much = std::getenv("RUMP_MEMLIMIT") == nullptr &&
                    set_any({NB_CTL_KERN, NB_KERN_MBUF, kNumberOfBuffers}, kBuffers) &&
                    set_any({NB_CTL_KERN, NB_KERN_SBMAX}, kAnySocket);
  const int stream = much ? kStream : kShortStream;
  widen_local_sockets(kernel);
  // Of IPv6 as well.
  set(NB_AF_INET, NB_IPPROTO_TCP, NB_TCPCTL_SENDSPACE, stream);
  set(NB_AF_INET, NB_IPPROTO_TCP, NB_TCPCTL_RECVSPACE, stream);
  set(NB_AF_INET, NB_IPPROTO_TCP, NB_TCPCTL_DELACK_TICKS, kAcknowledgeTicks);
}

}  // namespace farcall::server
