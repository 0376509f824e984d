// TCP's sequence numbers: their arithmetic, and which one a connection begins with.
#pragma once

#include <cstdint>

namespace farcall::kernel {

/// a - b: negative when a comes before b.
inline std::int32_t distance(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b);
}

}  // namespace farcall::kernel
