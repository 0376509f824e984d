#include "kernel/net/retransmissions.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "kernel/net/sequence.h"
#include "kernel/net/tcp_socket.h"

namespace farcall::kernel {

namespace {

struct Segment {
  ip_addr_t from, to;
  u16_t from_port, to_port;
  std::uint32_t sequence;
};

/// Addresses of the packet; the length of its IP header, 0 when TCP does not follow directly.
u16_t read_addresses(const struct pbuf* packet, Segment& segment) {
  if (IP_HDR_GET_VERSION(packet->payload) == 6) {
    const auto* header = static_cast<const struct ip6_hdr*>(packet->payload);
    ip_addr_copy_from_ip6_packed(segment.from, header->src);
    ip_addr_copy_from_ip6_packed(segment.to, header->dest);
    return IP6H_NEXTH(header) == IP6_NEXTH_TCP ? IP6_HLEN : 0;
  }
  const auto* header = static_cast<const struct ip_hdr*>(packet->payload);
  ip_addr_copy_from_ip4(segment.from, header->src);
  ip_addr_copy_from_ip4(segment.to, header->dest);
  return IPH_PROTO(header) == IP_PROTO_TCP ? IPH_HL_BYTES(header) : 0;
}

/// A segment that has sequence numbers of its own: acknowledgements alone have none.
std::optional<Segment> segment_in(const struct pbuf* packet) {
  Segment segment = {};
  struct tcp_hdr tcp;
  const u16_t before_tcp = read_addresses(packet, segment);
  if (before_tcp == 0 || pbuf_copy_partial(packet, &tcp, sizeof tcp, before_tcp) != sizeof tcp)
    return std::nullopt;
  const bool has_data = packet->tot_len > before_tcp + TCPH_HDRLEN_BYTES(&tcp);
  if (!has_data && (TCPH_FLAGS(&tcp) & (TCP_SYN | TCP_FIN)) == 0) return std::nullopt;
  segment.from_port = lwip_ntohs(tcp.src);
  segment.to_port = lwip_ntohs(tcp.dest);
  segment.sequence = lwip_ntohl(tcp.seqno);
  return segment;
}

/// Those of a block that a socket has; nullptr for others, which nobody can ask about.
Retransmissions* retransmissions_of(const struct tcp_pcb* pcb) {
  auto* socket = static_cast<TcpSocket*>(pcb->callback_arg);
  return socket == nullptr ? nullptr : socket->retransmissions(pcb);
}

const struct tcp_pcb* sender_of(const Segment& segment) {
  for (const struct tcp_pcb* pcb = tcp_active_pcbs; pcb != nullptr; pcb = pcb->next) {
    if (pcb->local_port == segment.from_port && pcb->remote_port == segment.to_port &&
        ip_addr_cmp_zoneless(&pcb->local_ip, &segment.from) &&
        ip_addr_cmp_zoneless(&pcb->remote_ip, &segment.to)) {
      return pcb;
    }
  }
  return nullptr;
}

void expect_retransmission(const struct tcp_pcb* pcb) {
  if (auto* retransmissions = retransmissions_of(pcb)) retransmissions->expect(pcb->snd_nxt);
}

}  // namespace

void Retransmissions::expect(std::uint32_t end) {
  if (!expected_) ++expecting_;
  expected_ = true;
  end_ = end;
}

void Retransmissions::acknowledged(std::uint32_t sequence) {
  if (expected_ && distance(sequence, end_) >= 0) stop();
}

void Retransmissions::stop() {
  if (expected_) --expecting_;
  expected_ = false;
}

bool Retransmissions::includes(std::uint32_t sequence) const {
  return expected_ && distance(sequence, end_) < 0;
}

Retransmissions* repeated_in(const struct pbuf* packet) {
  const auto segment = segment_in(packet);
  const struct tcp_pcb* pcb = segment ? sender_of(*segment) : nullptr;
  Retransmissions* retransmissions = pcb == nullptr ? nullptr : retransmissions_of(pcb);
  const bool repeated = retransmissions != nullptr && retransmissions->includes(segment->sequence);
  return repeated ? retransmissions : nullptr;
}

}  // namespace farcall::kernel

using farcall::kernel::expect_retransmission;

/// The timer has put all that was not acknowledged back in the queue.
FARCALL_REPLACES_LWIP void tcp_rexmit_rto_commit(struct tcp_pcb* pcb) {
  if (pcb->nrtx < std::numeric_limits<u8_t>::max()) ++pcb->nrtx;
  expect_retransmission(pcb);
  tcp_output(pcb);
}

/// Three acknowledgements have said the same: fast retransmit and fast recovery of RFC 5681.
FARCALL_REPLACES_LWIP void tcp_rexmit_fast(struct tcp_pcb* pcb) {
  const bool recovering = (pcb->flags & TF_INFR) != 0;
  if (pcb->unacked == nullptr || recovering || tcp_rexmit(pcb) != ERR_OK) return;
  expect_retransmission(pcb);
  constexpr unsigned kMost = std::numeric_limits<tcpwnd_size_t>::max();
  const unsigned half = std::min(pcb->cwnd, pcb->snd_wnd) / 2U;
  const unsigned threshold = std::min(std::max(half, 2U * pcb->mss), kMost);
  pcb->ssthresh = static_cast<tcpwnd_size_t>(threshold);
  pcb->cwnd = static_cast<tcpwnd_size_t>(std::min(threshold + 3U * pcb->mss, kMost));
  tcp_set_flags(pcb, TF_INFR);
  pcb->rtime = 0;
}
