#include "server/socket_space.h"

#include <cstdlib>

#include "netbsd/constants.h"
#include "server/kernel_symbol.h"
#include "server/sysctl_tree.h"

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

/// Ports in turn: a port comes again after 16,384 others.
constexpr const char* kPortChoice = "bsd";

/// A client's port that comes again while its server remembers the connection before (TIME_WAIT) is
/// refused for every other first number that this kernel chooses, and connect(2) sleeps for six
/// seconds until it asks again. The libraries choose ports by chance, so that this happens among
/// some hundred connections.
void choose_ports_in_turn(const SysctlTree& tree) {
  const SysctlTree::Path protocols[] = {{NB_CTL_NET, NB_AF_INET, NB_IPPROTO_IP},
                                        {NB_CTL_NET, NB_AF_INET6, NB_IPPROTO_IPV6}};
  for (const auto& protocol : protocols) {
    const auto choices = tree.child(protocol, "anonportalgo");
    if (!choices) continue;
    const auto selected = tree.child(choices->path, "selected");
    if (selected) static_cast<void>(tree.set(selected->path, kPortChoice));
  }
}

void widen_local_sockets(void* kernel) {
  for (const char* const name : kLocalRoom) {
    unsigned long* room = nullptr;
    if (take(kernel, name, room)) *room = kRoom;
  }
}

}  // namespace

void adapt_sockets(void* kernel) {
  SysctlTree tree;
  if (!tree.load(kernel)) return;
  const auto set = [&tree](int family, int protocol, int what, int value) {
    return tree.set({NB_CTL_NET, family, protocol, what}, value) == 0;
  };
  set(NB_AF_INET, NB_IPPROTO_UDP, NB_UDPCTL_SENDSPACE, kSend);
  set(NB_AF_INET, NB_IPPROTO_UDP, NB_UDPCTL_RECVSPACE, kRoom);
  set(NB_AF_INET6, NB_IPPROTO_UDP, kSendSpace6, kSend);
  set(NB_AF_INET6, NB_IPPROTO_UDP, kReceiveSpace6, kRoom);
  const bool much = std::getenv("RUMP_MEMLIMIT") == nullptr &&
                    tree.set({NB_CTL_KERN, NB_KERN_MBUF, kNumberOfBuffers}, kBuffers) == 0 &&
                    tree.set({NB_CTL_KERN, NB_KERN_SBMAX}, kAnySocket) == 0;
  const int stream = much ? kStream : kShortStream;
  widen_local_sockets(kernel);
  // Of IPv6 as well.
  set(NB_AF_INET, NB_IPPROTO_TCP, NB_TCPCTL_SENDSPACE, stream);
  set(NB_AF_INET, NB_IPPROTO_TCP, NB_TCPCTL_RECVSPACE, stream);
  set(NB_AF_INET, NB_IPPROTO_TCP, NB_TCPCTL_DELACK_TICKS, kAcknowledgeTicks);
  choose_ports_in_turn(tree);
}

}  // namespace farcall::server
