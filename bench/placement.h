// Which processors the two sides of a floor run on. A wake-up across processors takes many times
// as long as one on the same, so that a floor means something only when it says which it has.
#pragma once

namespace farcall::bench {

enum class Placement { one_cpu, two_cpus, anywhere };

/// The calling thread runs where the near or the far side of `placement` does. Throws Failure when
/// there are not that many processors.
void stay_near(Placement placement);
void stay_far(Placement placement);

}  // namespace farcall::bench
