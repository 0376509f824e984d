#include "bench/placement.h"

#include <sched.h>

#include <vector>

#include "bench/failure.h"

namespace farcall::bench {
namespace {

/// What this process was allowed when it began.
const std::vector<int>& all_cpus() {
  static const std::vector<int> cpus = [] {
    cpu_set_t allowed;
    require(sched_getaffinity(0, sizeof allowed, &allowed) == 0, "sched_getaffinity");
    std::vector<int> found;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &allowed)) found.push_back(cpu);
    }
    return found;
  }();
  return cpus;
}

void stay_on(const std::vector<int>& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(cpu, &set);
  require(sched_setaffinity(0, sizeof set, &set) == 0, "sched_setaffinity");
}

}  // namespace

void stay_near(Placement placement) {
  if (placement == Placement::anywhere) return stay_on(all_cpus());
  if (placement == Placement::two_cpus && all_cpus().size() < 2) {
    throw Failure("it takes two processors");
  }
  stay_on({all_cpus().front()});
}

void stay_far(Placement placement) {
  if (placement == Placement::two_cpus) return stay_on({all_cpus().back()});
  stay_near(placement);
}

}  // namespace farcall::bench
