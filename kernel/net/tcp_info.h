// What TCP tells of its connections: getsockopt(TCP_INFO), and the states of the pcblist.
#pragma once

#include <cstddef>
#include <vector>

#include "farcall/result.h"
#include "kernel/core/cpu.h"
#include "kernel/net/lwip.h"

namespace farcall::kernel {

class InetSocket;

/// NetBSD's TCPS_* for a state of lwIP's.
int tcp_state_from_lwip(enum tcp_state state);

/// TCP_INFO of a TCP socket: NetBSD's struct tcp_info. Never fails.
Result<std::vector<std::byte>> tcp_info_option(InetSocket& socket);

/// How long a segment and its acknowledgement take: lwIP counts in half seconds, programs want
/// microseconds. Smoothed as RFC 6298 says. One write in sixteen is timed, since clocks cost time
/// too.
class RoundTrip {
 public:
  /// Something was sent just now; `end` is the sequence number behind its last byte.
  void sent(std::uint32_t end);
  /// Everything before `end` was acknowledged. What took longer than `limit` was sent twice, and
  /// nobody knows which of both was acknowledged.
  void acknowledged(std::uint32_t end, Nanoseconds limit);
  /// 0 as long as nothing was measured.
  [[nodiscard]] Nanoseconds smoothed() const { return smoothed_; }
  [[nodiscard]] Nanoseconds variation() const { return variation_; }

 private:
  void sample(Nanoseconds time);

  unsigned writes_ = 0;
  bool timing_ = false;
  std::uint32_t end_ = 0;
  Nanoseconds start_ = 0, smoothed_ = 0, variation_ = 0;
};

}  // namespace farcall::kernel
