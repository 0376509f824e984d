#include "bench/placement.h"

#include <sched.h>

#include "bench/check.h"

namespace farcall::bench {

std::vector<Placement> placements() {
  cpu_set_t allowed;
  check(sched_getaffinity(0, sizeof allowed, &allowed) == 0, "sched_getaffinity");
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(cpu);
  }
  std::vector<Placement> all = {{"one CPU", cpus.front(), cpus.front()}};
  if (cpus.size() > 1) all.push_back({"two CPUs", cpus[0], cpus[1]});
  return all;
}

void stay_on(int cpu) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  check(sched_setaffinity(0, sizeof only, &only) == 0, "sched_setaffinity");
}

}  // namespace farcall::bench
