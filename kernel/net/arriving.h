// TCP segments as they arrive, before lwIP's TCP sees them: for what that does not do itself.
#pragma once

#include <cstdint>

#include "farcall/result.h"
#include "kernel/net/lwip.h"

namespace farcall::kernel {

/// What is read of one, in the host's byte order.
struct ArrivingSegment {
  u16_t from_port, to_port;
  std::uint32_t sequence;
  u8_t flags;  ///< TCP_SYN and its like
  u16_t urgent;

  /// Between the same two ends as `pcb`'s; while the segment arrives.
  [[nodiscard]] bool is_of(const struct tcp_pcb& pcb) const;
};

/// Starts to look at them; once. NB_ENOMEM.
Result<void> arriving_init();

}  // namespace farcall::kernel
