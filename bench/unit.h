// Units of what is printed, and how samples become figures in them.
#pragma once

#include <string_view>

#include "bench/samples.h"

namespace farcall::bench {

struct Unit {
  std::string_view text;
  double nanoseconds = 0;  ///< of one unit of time; 0 when the unit is none
  double per_second = 0;   ///< for rates: how much of an amount is one unit; 0 for others
};

inline constexpr Unit kNanoseconds{"ns", 1, 0};
inline constexpr Unit kMicroseconds{"us", 1e3, 0};
inline constexpr Unit kMilliseconds{"ms", 1e6, 0};
inline constexpr Unit kMegabytesPerSecond{"MB/s", 0, 1e6};
inline constexpr Unit kPerSecond{"1/s", 0, 1};
inline constexpr Unit kKibibytes{"KiB"};
/// Processor time in each second.
inline constexpr Unit kMillisecondsPerSecond{"ms/s"};

/// `p99` of a rate is what 99 of 100 operations reach.
struct Figure {
  double value = 0;  ///< of a time the median, of a rate the mean
  double p50 = 0;
  double p99 = 0;
  double p999 = 0;
};

/// `amount` is what one operation moves, for rates. There must be samples.
Figure figure_of(const Samples& samples, const Unit& unit, double amount);

}  // namespace farcall::bench
