#include "kernel/net/urgent.h"

#include <algorithm>

#include "kernel/net/tcp_socket.h"

namespace farcall::kernel {

namespace {

/// a - b in the arithmetic of sequence numbers.
std::int32_t distance(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b); }

struct UrgentSegment {
  u16_t from_port, to_port;
  std::uint32_t sequence, end;  ///< of the segment; behind the urgent byte
};

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

std::optional<UrgentSegment> urgent_segment(struct pbuf* packet) {
  const u16_t header = header_length(packet);
  struct tcp_hdr tcp;
  if (header == 0 || pbuf_copy_partial(packet, &tcp, sizeof tcp, header) != sizeof tcp) return {};
  if ((TCPH_FLAGS(&tcp) & TCP_URG) == 0 || tcp.urgp == 0) return {};
  if (!checksum_holds(packet, header)) return {};
  const std::uint32_t sequence = lwip_ntohl(tcp.seqno);
  return UrgentSegment{lwip_ntohs(tcp.src), lwip_ntohs(tcp.dest), sequence,
                       sequence + lwip_ntohs(tcp.urgp)};
}

struct tcp_pcb* connection_of(const UrgentSegment& segment) {
  for (struct tcp_pcb* pcb = tcp_active_pcbs; pcb != nullptr; pcb = pcb->next) {
    if (pcb->local_port == segment.to_port && pcb->remote_port == segment.from_port &&
        ip_addr_cmp(&pcb->local_ip, ip_current_dest_addr()) &&
        ip_addr_cmp(&pcb->remote_ip, ip_current_src_addr())) {
      return pcb;
    }
  }
  return nullptr;
}

/// Sees each TCP segment before lwIP's TCP does, and leaves it to that.
u8_t look_at_segment(void*, struct raw_pcb*, struct pbuf* packet, const ip_addr_t*) {
  const auto segment = urgent_segment(packet);
  if (!segment) return 0;
  const struct tcp_pcb* pcb = connection_of(*segment);
  if (pcb == nullptr || pcb->callback_arg == nullptr) return 0;
  const std::int32_t offset = distance(segment->sequence, pcb->rcv_nxt);
  const auto window = static_cast<std::int32_t>(pcb->rcv_wnd);
  if (offset > window) return 0;
  static_cast<TcpSocket*>(pcb->callback_arg)->urgent_announced(pcb, segment->end);
  return 0;
}

}  // namespace

Result<void> urgent_init() {
  for (const auto type : {IPADDR_TYPE_V4, IPADDR_TYPE_V6}) {
    struct raw_pcb* observer = raw_new_ip_type(static_cast<u8_t>(type), IP_PROTO_TCP);
    if (observer == nullptr) return Error{NB_ENOMEM};
    raw_recv(observer, look_at_segment, nullptr);
  }
  return {};
}

void mark_last_byte_urgent(struct tcp_pcb& pcb) {
  struct tcp_seg* last = pcb.unsent;
  if (last == nullptr) return;
  while (last->next != nullptr) last = last->next;
  TCPH_SET_FLAG(last->tcphdr, TCP_URG);
  last->tcphdr->urgp = lwip_htons(last->len);
}

bool UrgentMark::announce(std::uint32_t end, std::size_t queued) {
  if (distance(end, next_) <= 0) return false;
  if (state_ == Byte::expected && distance(end, end_) <= 0) return false;
  end_ = end;
  state_ = Byte::expected;
  ahead_ = queued + static_cast<std::size_t>(end - 1 - next_);
  return true;
}

std::optional<std::size_t> UrgentMark::place_in(std::size_t size) const {
  const std::uint32_t place = end_ - 1 - next_;
  if (state_ != Byte::expected || place >= size) return std::nullopt;
  return place;
}

void UrgentMark::arrived(std::size_t size) {
  if (place_in(size)) state_ = Byte::none;
  next_ += static_cast<std::uint32_t>(size);
}

void UrgentMark::keep(std::byte byte) {
  byte_ = byte;
  state_ = Byte::here;
}

std::size_t UrgentMark::readable(std::size_t size) const {
  return ahead_.value_or(0) == 0 ? size : std::min(size, *ahead_);
}

void UrgentMark::consume(std::size_t size) {
  if (!ahead_ || size == 0) return;
  if (*ahead_ == 0) {
    ahead_.reset();  // read across
  } else {
    *ahead_ -= size;
  }
}

Result<std::byte> UrgentMark::take(bool peek) {
  if (state_ == Byte::expected) return Error{NB_EWOULDBLOCK};
  if (!ahead_ || state_ != Byte::here) return Error{NB_EINVAL};
  if (!peek) state_ = Byte::taken;
  return byte_;
}

}  // namespace farcall::kernel
