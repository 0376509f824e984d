#include "bench/samples.h"

#include <algorithm>

namespace farcall::bench {

double Samples::quantile(double share) const {
  std::vector<double> sorted = microseconds;
  const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), sorted.begin() + place, sorted.end());
  return sorted[static_cast<std::size_t>(place)];
}

std::vector<Samples> measure_in_turn(const std::vector<Operation>& operations, std::size_t rounds,
                                     std::size_t per_round) {
  using Clock = std::chrono::steady_clock;
  std::vector<Samples> all;
  for (const Operation& operation : operations) {
    all.push_back({operation.name, {}});
    all.back().microseconds.reserve(rounds * per_round);
    for (std::size_t i = 0; i < per_round / 4; ++i) operation.run();  // warms caches, not counted
  }
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t which = 0; which < operations.size(); ++which) {
      for (std::size_t i = 0; i < per_round; ++i) {
        const auto start = Clock::now();
        operations[which].run();
        all[which].microseconds.push_back(Microseconds(Clock::now() - start).count());
      }
    }
  }
  return all;
}

}  // namespace farcall::bench
