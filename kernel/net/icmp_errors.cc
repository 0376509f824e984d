// Reads the ICMP messages that come in, beside lwIP, which only answers echo requests.
#include "kernel/net/icmp_errors.h"

#include <cstring>

#include "kernel/net/address.h"
#include "kernel/net/udp_socket.h"

namespace farcall::kernel {

namespace {

constexpr u8_t kIcmpHeader = 8;

struct Quoted {
  Endpoint local, remote;
};

/// The ports at `offset`, where the quoted UDP header starts.
bool read_ports(const struct pbuf* packet, std::size_t offset, Quoted& quoted) {
  u16_t ports[2];
  if (pbuf_copy_partial(packet, ports, sizeof ports, static_cast<u16_t>(offset)) != sizeof ports) {
    return false;
  }
  quoted.local.port = lwip_ntohs(ports[0]);
  quoted.remote.port = lwip_ntohs(ports[1]);
  return true;
}

int errno_v4(u8_t type, u8_t code) {
  if (type != NB_ICMP_UNREACH) return 0;
  if (code == NB_ICMP_UNREACH_PORT || code == NB_ICMP_UNREACH_PROTOCOL) return NB_ECONNREFUSED;
  return code == NB_ICMP_UNREACH_NEEDFRAG ? NB_EMSGSIZE : NB_EHOSTUNREACH;
}

int errno_v6(u8_t type, u8_t code) {
  if (type != NB_ICMP6_DST_UNREACH) return 0;
  return code == NB_ICMP6_DST_UNREACH_NOPORT ? NB_ECONNREFUSED : NB_EHOSTUNREACH;
}

u8_t on_icmp(void*, struct raw_pcb*, struct pbuf* packet, const ip_addr_t*) {
  const std::size_t icmp = IPH_HL_BYTES(ip4_current_header());
  if (packet->tot_len < icmp + kIcmpHeader + IP_HLEN) return 0;
  const int error = errno_v4(pbuf_get_at(packet, static_cast<u16_t>(icmp)),
                             pbuf_get_at(packet, static_cast<u16_t>(icmp + 1)));
  struct ip_hdr header;
  pbuf_copy_partial(packet, &header, IP_HLEN, static_cast<u16_t>(icmp + kIcmpHeader));
  if (error == 0 || IPH_PROTO(&header) != IP_PROTO_UDP) return 0;
  Quoted quoted;
  ip4_addr_t source, target;
  source.addr = header.src.addr;
  target.addr = header.dest.addr;
  quoted.local.address = ip_from(source);
  quoted.remote.address = ip_from(target);
  if (read_ports(packet, icmp + kIcmpHeader + IPH_HL_BYTES(&header), quoted)) {
    UdpSocket::unreachable(quoted.local, quoted.remote, error);
  }
  return 0;
}

u8_t on_icmp6(void*, struct raw_pcb*, struct pbuf* packet, const ip_addr_t*) {
  const std::size_t icmp = ip_current_header_tot_len();
  if (packet->tot_len < icmp + kIcmpHeader + IP6_HLEN) return 0;
  const int error = errno_v6(pbuf_get_at(packet, static_cast<u16_t>(icmp)),
                             pbuf_get_at(packet, static_cast<u16_t>(icmp + 1)));
  struct ip6_hdr header;
  pbuf_copy_partial(packet, &header, IP6_HLEN, static_cast<u16_t>(icmp + kIcmpHeader));
  if (error == 0 || IP6H_NEXTH(&header) != IP6_NEXTH_UDP) return 0;
  Quoted quoted;
  quoted.local.address = ip_from(ipv6_from_bytes(&header.src, 0));
  quoted.remote.address = ip_from(ipv6_from_bytes(&header.dest, 0));
  if (read_ports(packet, icmp + kIcmpHeader + IP6_HLEN, quoted)) {
    UdpSocket::unreachable(quoted.local, quoted.remote, error);
  }
  return 0;
}

}  // namespace

Result<void> icmp_errors_init() {
  struct raw_pcb* icmp = raw_new_ip_type(IPADDR_TYPE_V4, IP_PROTO_ICMP);
  struct raw_pcb* icmp6 = raw_new_ip_type(IPADDR_TYPE_V6, IP6_NEXTH_ICMP6);
  if (icmp == nullptr || icmp6 == nullptr) return Error{NB_ENOBUFS};
  raw_recv(icmp, on_icmp, nullptr);
  raw_recv(icmp6, on_icmp6, nullptr);
  return {};
}

}  // namespace farcall::kernel
