#include "personality/netbsd.h"

#include "personality/sockopt_table.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>

namespace farcall::personality {
namespace {

using enum OptionKind;

constexpr int kSolRaw = 255;
constexpr int kSolIcmp6 = 58;
constexpr int kSolNetbsdLocal = 0;
constexpr int kIpv6Checksum =
    7;  // <netinet/in.h> has it under SOL_IPV6 alone; raw sockets take it under SOL_RAW

constexpr OptionRow sock(int name, int netbsd_name, OptionKind kind) {
  return {SOL_SOCKET, name, NB_SOL_SOCKET, netbsd_name, kind, 0, ""};
}
constexpr OptionRow tcp(int name, int netbsd_name, OptionKind kind) {
  return {IPPROTO_TCP, name, NB_IPPROTO_TCP, netbsd_name, kind, 0, ""};
}
constexpr OptionRow ip(int name, int netbsd_name, OptionKind kind) {
  return {IPPROTO_IP, name, NB_IPPROTO_IP, netbsd_name, kind, 0, ""};
}
constexpr OptionRow ip6(int name, int netbsd_name, OptionKind kind) {
  return {IPPROTO_IPV6, name, NB_IPPROTO_IPV6, netbsd_name, kind, 0, ""};
}
constexpr OptionRow taken(int level, int name, int answer, const char* note) {
  return {level, name, 0, 0, hint, answer, note};
}
constexpr OptionRow absent(int level, int name, const char* note) {
  return {level, name, 0, 0, only_off, 0, note};
}

constexpr OptionRow kOptions[] = {
    sock(SO_DEBUG, NB_SO_DEBUG, integer),
    sock(SO_REUSEADDR, NB_SO_REUSEADDR, integer),
    sock(SO_REUSEPORT, NB_SO_REUSEPORT, integer),
    sock(SO_TYPE, NB_SO_TYPE, integer),
    sock(SO_ERROR, NB_SO_ERROR, error),
    sock(SO_DONTROUTE, NB_SO_DONTROUTE, integer),
    sock(SO_BROADCAST, NB_SO_BROADCAST, integer),
    sock(SO_SNDBUF, NB_SO_SNDBUF, buffer_size),
    sock(SO_RCVBUF, NB_SO_RCVBUF, buffer_size),
    sock(SO_SNDBUFFORCE, NB_SO_SNDBUF, buffer_size),
    sock(SO_RCVBUFFORCE, NB_SO_RCVBUF, buffer_size),
    sock(SO_KEEPALIVE, NB_SO_KEEPALIVE, integer),
    sock(SO_OOBINLINE, NB_SO_OOBINLINE, integer),
    sock(SO_LINGER, NB_SO_LINGER, same),
    sock(SO_RCVLOWAT, NB_SO_RCVLOWAT, integer),
    sock(SO_RCVTIMEO, NB_SO_RCVTIMEO, timeval),
    sock(SO_SNDTIMEO, NB_SO_SNDTIMEO, timeval),
    sock(SO_RCVTIMEO_NEW, NB_SO_RCVTIMEO, timeval),
    sock(SO_SNDTIMEO_NEW, NB_SO_SNDTIMEO, timeval),
    sock(SO_ACCEPTCONN, NB_SO_ACCEPTCONN, integer),
    sock(SO_TIMESTAMP, NB_SO_TIMESTAMP, integer),
    sock(SO_DOMAIN, 0, domain),
    sock(SO_PROTOCOL, 0, protocol),
    {SOL_SOCKET, SO_PEERCRED, kSolNetbsdLocal, NB_LOCAL_PEEREID, peer_identity, 0, ""},
    {SOL_SOCKET, SO_BINDTODEVICE, 0, 0, bind_device, 0,
     "NetBSD cannot tie a socket to one interface"},
    taken(SOL_SOCKET, SO_PRIORITY, 0, "queueing has no classes"),
    taken(SOL_SOCKET, SO_NO_CHECK, 0, "checksums are always sent, which every receiver takes"),
    taken(SOL_SOCKET, SO_BSDCOMPAT, 0, "obsolete and without effect on Linux too"),
    absent(SOL_SOCKET, SO_PASSCRED, "credentials come as SCM_CREDS, which is not translated yet"),
    absent(SOL_SOCKET, SO_MARK, "no packet marks"),
    absent(SOL_SOCKET, SO_TIMESTAMPNS, "NetBSD stamps in microseconds"),
    absent(SOL_SOCKET, SO_TIMESTAMPING, "NetBSD stamps in microseconds"),
    absent(SOL_SOCKET, SO_RXQ_OVFL, "no such counter"),
    absent(SOL_SOCKET, SO_BUSY_POLL, "no busy polling"),

    tcp(TCP_NODELAY, NB_TCP_NODELAY, integer),
    tcp(TCP_MAXSEG, NB_TCP_MAXSEG, integer),
    tcp(TCP_KEEPIDLE, NB_TCP_KEEPIDLE, integer),
    tcp(TCP_KEEPINTVL, NB_TCP_KEEPINTVL, integer),
    tcp(TCP_KEEPCNT, NB_TCP_KEEPCNT, integer),
    tcp(TCP_CONGESTION, NB_TCP_CONGCTL, text),
    {IPPROTO_TCP, TCP_INFO, NB_IPPROTO_TCP, NB_TCP_INFO, tcp_info, 0,
     "what NetBSD does not count, such as retransmissions in flight, is 0"},
    taken(IPPROTO_TCP, TCP_CORK, 0, "joins small writes: fewer segments, the same bytes"),
    taken(IPPROTO_TCP, TCP_QUICKACK, 1, "the time of acknowledgements is the kernel's own"),
    taken(IPPROTO_TCP, TCP_DEFER_ACCEPT, 0,
          "a connection without data may be accepted on Linux too"),
    taken(IPPROTO_TCP, TCP_LINGER2, 60, "the lifetime of FIN_WAIT_2 is the kernel's own"),
    taken(IPPROTO_TCP, TCP_USER_TIMEOUT, 0,
          "how long a silent peer is borne with is the kernel's own"),
    taken(IPPROTO_TCP, TCP_SYNCNT, 6, "the number of SYNs is the kernel's own"),
    taken(IPPROTO_TCP, TCP_WINDOW_CLAMP, 0, "SO_RCVBUF bounds the window"),
    taken(IPPROTO_TCP, TCP_NOTSENT_LOWAT, -1, "tunes when a socket polls writable"),

    ip(IP_TOS, NB_IP_TOS, ip_integer),
    ip(IP_TTL, NB_IP_TTL, ip_integer),
    ip(IP_HDRINCL, NB_IP_HDRINCL, ip_integer),
    ip(IP_OPTIONS, NB_IP_OPTIONS, same),
    ip(IP_RECVOPTS, NB_IP_RECVOPTS, ip_integer),
    ip(IP_RETOPTS, NB_IP_RETOPTS, ip_integer),
    ip(IP_PKTINFO, NB_IP_PKTINFO, ip_integer),
    ip(IP_RECVTTL, NB_IP_RECVTTL, ip_integer),
    ip(IP_MULTICAST_IF, NB_IP_MULTICAST_IF, multicast_if),
    ip(IP_MULTICAST_TTL, NB_IP_MULTICAST_TTL, byte),
    ip(IP_MULTICAST_LOOP, NB_IP_MULTICAST_LOOP, byte),
    ip(IP_ADD_MEMBERSHIP, NB_IP_ADD_MEMBERSHIP, membership),
    ip(IP_DROP_MEMBERSHIP, NB_IP_DROP_MEMBERSHIP, membership),
    taken(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT,
          "the kernel finds path MTUs as it is configured to"),
    taken(IPPROTO_IP, IP_RECVERR, 0, "the error queue stays empty: MSG_ERRQUEUE gives EAGAIN"),
    taken(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 0, "only saves ports"),
    taken(IPPROTO_IP, IP_MULTICAST_ALL, 1,
          "NetBSD's sockets get what any socket joined, as with 1"),
    absent(IPPROTO_IP, IP_RECVTOS, "NetBSD does not report it"),
    absent(IPPROTO_IP, IP_FREEBIND, "addresses must be the kernel's own"),
    absent(IPPROTO_IP, IP_TRANSPARENT, "addresses must be the kernel's own"),

    ip6(IPV6_V6ONLY, NB_IPV6_V6ONLY, integer),
    ip6(IPV6_UNICAST_HOPS, NB_IPV6_UNICAST_HOPS, integer),
    ip6(IPV6_MULTICAST_IF, NB_IPV6_MULTICAST_IF, integer),
    ip6(IPV6_MULTICAST_HOPS, NB_IPV6_MULTICAST_HOPS, integer),
    ip6(IPV6_MULTICAST_LOOP, NB_IPV6_MULTICAST_LOOP, integer),
    ip6(IPV6_JOIN_GROUP, NB_IPV6_JOIN_GROUP, same),
    ip6(IPV6_LEAVE_GROUP, NB_IPV6_LEAVE_GROUP, same),
    ip6(IPV6_RECVPKTINFO, NB_IPV6_RECVPKTINFO, integer),
    ip6(IPV6_PKTINFO, NB_IPV6_PKTINFO, same),
    ip6(IPV6_RECVHOPLIMIT, NB_IPV6_RECVHOPLIMIT, integer),
    ip6(IPV6_RECVTCLASS, NB_IPV6_RECVTCLASS, integer),
    ip6(IPV6_TCLASS, NB_IPV6_TCLASS, integer),
    ip6(IPV6_DONTFRAG, NB_IPV6_DONTFRAG, integer),
    ip6(IPV6_RECVPATHMTU, NB_IPV6_RECVPATHMTU, integer),
    ip6(kIpv6Checksum, NB_IPV6_CHECKSUM, integer),
    taken(IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_WANT,
          "the kernel finds path MTUs as it is configured to"),
    taken(IPPROTO_IPV6, IPV6_RECVERR, 0, "the error queue stays empty: MSG_ERRQUEUE gives EAGAIN"),
    taken(IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, 0, "flow labels are the kernel's own"),
    taken(IPPROTO_IPV6, IPV6_ADDR_PREFERENCES, 0,
          "source addresses are chosen as the kernel is configured to"),
    absent(IPPROTO_IPV6, IPV6_FREEBIND, "addresses must be the kernel's own"),

    {kSolIcmp6, ICMPV6_FILTER, NB_IPPROTO_ICMPV6, NB_ICMP6_FILTER, icmp6_filter, 0, ""},
    {kSolRaw, kIpv6Checksum, NB_IPPROTO_IPV6, NB_IPV6_CHECKSUM, integer, 0, ""},
    taken(kSolRaw, ICMP_FILTER, 0,
          "more ICMP arrives than asked for: programs must look at types anyway"),
    taken(IPPROTO_UDP, UDP_CORK, 0,
          "never held back; set and cleared around each datagram by those who use it"),
};

}  // namespace

std::span<const OptionRow> option_table() { return kOptions; }

const OptionRow* find_option(int level, int name) {
  for (const OptionRow& row : kOptions) {
    if (row.level == level && row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace farcall::personality
