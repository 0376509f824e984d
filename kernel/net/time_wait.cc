#include "kernel/net/time_wait.h"

#include "kernel/net/interface.h"
#include "kernel/net/sequence.h"

namespace farcall::kernel {

namespace {

constexpr u32_t kLocalTicks = 4;  // of TCP_SLOW_INTERVAL

/// A connection between two sockets of this kernel cannot have old segments on a wire.
bool is_local(const struct tcp_pcb& pcb) {
  return interface_with_address(pcb.remote_ip) != nullptr;
}

}  // namespace

void make_way_for(const ArrivingSegment& syn) {
  for (struct tcp_pcb* pcb = tcp_tw_pcbs; pcb != nullptr; pcb = pcb->next) {
    if (!syn.is_of(*pcb)) continue;
    if (is_local(*pcb) || distance(syn.sequence, pcb->rcv_nxt) > 0) tcp_abort(pcb);
    return;
  }
}

void end_local_time_waits() {
  struct tcp_pcb* pcb = tcp_tw_pcbs;
  while (pcb != nullptr) {
    struct tcp_pcb* next = pcb->next;
    if (tcp_ticks - pcb->tmr > kLocalTicks && is_local(*pcb)) tcp_abort(pcb);
    pcb = next;
  }
}

}  // namespace farcall::kernel
