// TCP's urgent data, of which BSD makes one byte out of band: MSG_OOB, SO_OOBINLINE, SIOCATMARK.
//
// liblwip carries the bytes but neither sets nor reads the urgent pointer. So the pointer is put
// into the segment that waits to be sent, which lwIP leaves as it is, and read from arriving
// segments before lwIP sees them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "farcall/result.h"
#include "kernel/net/arriving.h"

namespace farcall::kernel {

/// A segment that tells of urgent data arrives.
void urgent_arrived(const ArrivingSegment& segment);

/// The last byte that was queued by tcp_write() is urgent.
void mark_last_byte_urgent(struct tcp_pcb& pcb);

/// The receiving side of one connection: where the mark is, and the byte there.
class UrgentMark {
 public:
  /// The first byte that comes will have this sequence number.
  void start(std::uint32_t sequence) { next_ = sequence; }
  /// A segment told that the urgent byte is the one before `end`. `queued` bytes wait to be read
  /// before those that have not come yet. False when that byte came already, or was told before.
  bool announce(std::uint32_t end, std::size_t queued);
  /// `size` bytes come in order now: the place of the urgent byte among them, if it is there.
  [[nodiscard]] std::optional<std::size_t> place_in(std::size_t size) const;
  /// Keeps the urgent byte apart from the others.
  void keep(std::byte byte);
  /// They are here, the urgent one inline unless it is kept.
  void arrived(std::size_t size);

  /// How many of `size` bytes may be read in one go: not across the mark.
  [[nodiscard]] std::size_t readable(std::size_t size) const;
  /// `size` bytes were read.
  void consume(std::size_t size);
  /// There is a mark that nobody has read across.
  [[nodiscard]] bool pending() const { return ahead_.has_value(); }
  /// Reading stops here, and goes on behind with the next call.
  [[nodiscard]] bool reached() const { return ahead_ == 0; }

  /// recv(MSG_OOB). NB_EINVAL when there is no such byte or it was read; NB_EWOULDBLOCK while it is
  /// on its way.
  Result<std::byte> take(bool peek);

 private:
  enum class Byte { none, expected, here, taken };
  Byte state_ = Byte::none;
  std::byte byte_ = {};
  std::uint32_t next_ = 0;            ///< sequence number of the byte that comes next
  std::uint32_t end_ = 0;             ///< behind the urgent byte; valid while it is expected
  std::optional<std::size_t> ahead_;  ///< bytes to read before the mark
};

}  // namespace farcall::kernel
