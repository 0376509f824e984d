#include "kernel/net/receive_room.h"

#include <algorithm>

namespace farcall::kernel {

namespace {
/// Less is not worth an announcement of its own.
constexpr std::size_t kStep = std::size_t{32} << 10;
/// Bytes of a segment. Buffers of shorter ones take much more memory than they carry, and are not
/// counted as more: these keep the window.
constexpr std::size_t kLeastSegment = 1024;
}  // namespace

std::size_t ReceiveRoom::arrived(std::size_t size) {
  held_ += size;
  ++segments_;
  return ahead_ + held_ <= kRoom ? open() : 0;
}

std::size_t ReceiveRoom::read(std::size_t size) {
  const std::size_t of_ahead = std::min(size, ahead_);
  ahead_ -= of_ahead;
  budget_.give_back(of_ahead);
  const std::size_t of_held = size - of_ahead;
  held_ -= of_held;
  if (held_ == 0) segments_ = 0;
  return ahead_ + held_ <= kRoom / 2 ? of_held + open() : of_held;
}

std::size_t ReceiveRoom::open() {
  const bool pays = held_ >= kStep && held_ >= segments_ * kLeastSegment;
  if (!wide_ || !pays || !budget_.take_of_plenty(held_)) return 0;
  const std::size_t opened = held_;
  ahead_ += opened;
  held_ = segments_ = 0;
  return opened;
}

}  // namespace farcall::kernel
