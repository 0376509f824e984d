// Many durations of one operation, and what is told of them.
#pragma once

#include <vector>

namespace farcall::bench {

struct Samples {
  std::vector<double> nanoseconds;  ///< of single operations
  double elapsed = 0;               ///< nanoseconds from the first's begin to the last's end
  double cpu = 0;                   ///< nanoseconds of processor time, of both sides where known

  void add(const Samples& more);
  [[nodiscard]] bool empty() const { return nanoseconds.empty(); }
  [[nodiscard]] double count() const { return static_cast<double>(nanoseconds.size()); }
  /// The value below which `share` (0 to 1) of the samples are. There must be samples.
  [[nodiscard]] double quantile(double share) const;
  [[nodiscard]] double mean() const;
};

}  // namespace farcall::bench
