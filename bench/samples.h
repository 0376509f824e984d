// Timing of single operations, and what is told of many.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace farcall::bench {

using Microseconds = std::chrono::duration<double, std::micro>;

/// One quantity that was measured again and again.
struct Samples {
  std::string name;
  std::vector<double> microseconds;

  /// The value below which `share` (0 to 1) of the samples are. There must be samples.
  [[nodiscard]] double quantile(double share) const;
};

struct Operation {
  std::string name;
  std::function<void()> run;
};

/// Times each operation `rounds` * `per_round` times. The operations take turns, a round each, so
/// that whatever else happens on the machine happens to all of them.
std::vector<Samples> measure_in_turn(const std::vector<Operation>& operations, std::size_t rounds,
                                     std::size_t per_round);

}  // namespace farcall::bench
