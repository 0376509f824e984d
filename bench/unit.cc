#include "bench/unit.h"

namespace farcall::bench {

Figure figure_of(const Samples& samples, const Unit& unit, double amount) {
  constexpr double kSecond = 1e9;
  const auto in_unit = [&](double nanoseconds) {
    return unit.per_second == 0 ? nanoseconds / unit.nanoseconds
                                : amount * kSecond / nanoseconds / unit.per_second;
  };
  const double median = samples.quantile(0.5);
  return {.value = in_unit(unit.per_second == 0 ? median : samples.mean()),
          .p50 = in_unit(median),
          .p99 = in_unit(samples.quantile(0.99)),
          .p999 = in_unit(samples.quantile(0.999))};
}

}  // namespace farcall::bench
