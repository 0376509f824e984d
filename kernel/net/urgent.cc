#include "kernel/net/urgent.h"

#include <algorithm>

#include "kernel/net/sequence.h"
#include "kernel/net/tcp_socket.h"

namespace farcall::kernel {

namespace {

struct tcp_pcb* connection_of(const ArrivingSegment& segment) {
  for (struct tcp_pcb* pcb = tcp_active_pcbs; pcb != nullptr; pcb = pcb->next) {
    if (segment.is_of(*pcb)) return pcb;
  }
  return nullptr;
}

}  // namespace

void urgent_arrived(const ArrivingSegment& segment) {
  const struct tcp_pcb* pcb = connection_of(segment);
  if (pcb == nullptr || pcb->callback_arg == nullptr) return;
  if (distance(segment.sequence, pcb->rcv_nxt) > static_cast<std::int32_t>(pcb->rcv_wnd)) return;
  static_cast<TcpSocket*>(pcb->callback_arg)
      ->urgent_announced(pcb, segment.sequence + segment.urgent);
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
