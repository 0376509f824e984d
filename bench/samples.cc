#include "bench/samples.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace farcall::bench {

void Samples::add(const Samples& more) {
  nanoseconds.insert(nanoseconds.end(), more.nanoseconds.begin(), more.nanoseconds.end());
  elapsed += more.elapsed;
  cpu += more.cpu;
}

double Samples::quantile(double share) const {
  std::vector<double> sorted = nanoseconds;
  const auto place = static_cast<std::ptrdiff_t>(share * (count() - 1));
  std::nth_element(sorted.begin(), sorted.begin() + place, sorted.end());
  return sorted[static_cast<std::size_t>(place)];
}

double Samples::mean() const {
  return std::accumulate(nanoseconds.begin(), nanoseconds.end(), 0.0) / count();
}

}  // namespace farcall::bench
