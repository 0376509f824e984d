// How much is measured.
#pragma once

#include <chrono>

namespace farcall::bench {

struct Pace {
  unsigned rounds;                     ///< of each benchmark, all of them in turn
  std::chrono::milliseconds duration;  ///< of a round
  std::chrono::milliseconds crowded;   ///< of a round of many clients
  std::chrono::milliseconds idleness;  ///< during which processor time is looked at
  unsigned boots;
};

inline constexpr Pace kThorough{20, std::chrono::milliseconds(100), std::chrono::milliseconds(500),
                                std::chrono::seconds(3), 15};
inline constexpr Pace kQuick{3, std::chrono::milliseconds(30), std::chrono::milliseconds(150),
                             std::chrono::milliseconds(300), 3};

}  // namespace farcall::bench
