// How many segments TCP has sent more than once, for TCP_INFO. liblwip does not count them: while a
// connection is being repaired, what leaves is looked at.
#pragma once

#include <cstdint>

#include "kernel/net/lwip.h"

namespace farcall::kernel {

/// Those of one connection.
class Retransmissions {
 public:
  Retransmissions() = default;
  ~Retransmissions() { stop(); }
  Retransmissions(const Retransmissions&) = delete;
  Retransmissions& operator=(const Retransmissions&) = delete;

  /// From now on something before `end`, all of which was sent, may be sent again.
  void expect(std::uint32_t end);
  /// Everything before `sequence` has arrived.
  void acknowledged(std::uint32_t sequence);
  /// The connection sends nothing more.
  void stop();
  /// Whether a segment that begins at `sequence` is one.
  [[nodiscard]] bool includes(std::uint32_t sequence) const;
  void count_one() { ++count_; }

  [[nodiscard]] std::uint32_t count() const { return count_; }
  /// Whether some connection expects to send something again.
  static bool any_expected() { return expecting_ > 0; }

 private:
  static inline unsigned expecting_ = 0;  ///< how many do

  bool expected_ = false;
  std::uint32_t end_ = 0;
  std::uint32_t count_ = 0;
};

/// Those of the connection that repeats a segment in `packet`, which begins with its IP header;
/// nullptr when none does.
Retransmissions* repeated_in(const struct pbuf* packet);

/// `output()`, by which an interface sends a packet; what leaves so is counted.
template <class Output>
err_t output_counted(const struct pbuf* packet, Output output) {
  Retransmissions* repeated = Retransmissions::any_expected() ? repeated_in(packet) : nullptr;
  const err_t error = output();
  if (repeated != nullptr && error == ERR_OK) repeated->count_one();
  return error;
}

}  // namespace farcall::kernel
