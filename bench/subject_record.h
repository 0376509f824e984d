// What a subject answers: this record, then `count` doubles, or characters of why it failed.
#pragma once

#include <cstdint>

namespace farcall::bench {

struct RoundAnswer {
  std::uint32_t failed;
  std::uint32_t count;
  double elapsed;
  double cpu;
};
static_assert(sizeof(RoundAnswer) == 24);

/// The descriptor at which a subject finds its socket.
inline constexpr int kControlDescriptor = 3;
/// The most samples of one round; of a crowd's, which ends with the time and not sooner.
inline constexpr std::uint32_t kMostSamples = 1'000'000;
inline constexpr std::uint32_t kMostCrowdedSamples = 4'000'000;

}  // namespace farcall::bench
