#include "kernel/net/arriving.h"

#include <optional>

#include "kernel/net/time_wait.h"
#include "kernel/net/urgent.h"
#include "netbsd/constants.h"

namespace farcall::kernel {

namespace {

/// Length of the network header before a TCP segment, 0 when it is not directly behind.
u16_t header_length(const struct pbuf* packet) {
  if (!ip_current_is_v6()) return IPH_HL_BYTES(static_cast<const struct ip_hdr*>(packet->payload));
  const auto* header = static_cast<const struct ip6_hdr*>(packet->payload);
  return IP6H_NEXTH(header) == IP6_NEXTH_TCP ? IP6_HLEN : 0;
}

/// Before lwIP has looked at the segment nobody knows whether it is whole.
bool checksum_holds(struct pbuf* packet, u16_t header) {
  if (pbuf_remove_header(packet, header) != 0) return false;
  const u16_t sum = ip_chksum_pseudo(packet, IP_PROTO_TCP, packet->tot_len, ip_current_src_addr(),
                                     ip_current_dest_addr());
  pbuf_header_force(packet, static_cast<s16_t>(header));
  return sum == 0;
}

bool is_urgent(const ArrivingSegment& segment) {
  return (segment.flags & TCP_URG) != 0 && segment.urgent != 0;
}

bool begins_connection(const ArrivingSegment& segment) {
  return (segment.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

/// Those that lwIP alone is not enough for.
std::optional<ArrivingSegment> notable_segment(struct pbuf* packet) {
  const u16_t header = header_length(packet);
  struct tcp_hdr tcp;
  if (header == 0 || pbuf_copy_partial(packet, &tcp, sizeof tcp, header) != sizeof tcp) return {};
  const ArrivingSegment segment{lwip_ntohs(tcp.src), lwip_ntohs(tcp.dest), lwip_ntohl(tcp.seqno),
                                static_cast<u8_t>(TCPH_FLAGS(&tcp)), lwip_ntohs(tcp.urgp)};
  if (!is_urgent(segment) && !begins_connection(segment)) return {};
  if (!checksum_holds(packet, header)) return {};
  return segment;
}

/// Sees each TCP segment, and leaves it to lwIP.
u8_t look_at_segment(void*, struct raw_pcb*, struct pbuf* packet, const ip_addr_t*) {
  const auto segment = notable_segment(packet);
  if (!segment) return 0;
  if (is_urgent(*segment)) urgent_arrived(*segment);
  if (begins_connection(*segment)) make_way_for(*segment);
  return 0;
}

}  // namespace

bool ArrivingSegment::is_of(const struct tcp_pcb& pcb) const {
  return pcb.local_port == to_port && pcb.remote_port == from_port &&
         ip_addr_cmp(&pcb.local_ip, ip_current_dest_addr()) &&
         ip_addr_cmp(&pcb.remote_ip, ip_current_src_addr());
}

Result<void> arriving_init() {
  for (const auto type : {IPADDR_TYPE_V4, IPADDR_TYPE_V6}) {
    struct raw_pcb* observer = raw_new_ip_type(static_cast<u8_t>(type), IP_PROTO_TCP);
    if (observer == nullptr) return Error{NB_ENOMEM};
    raw_recv(observer, look_at_segment, nullptr);
  }
  return {};
}

}  // namespace farcall::kernel
