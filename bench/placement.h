// Which processors the two sides of a call run on. Left to the scheduler, the floor and the call
// may be placed differently, and a wake-up across processors takes five times as long as one on the
// same.
#pragma once

#include <string>
#include <vector>

namespace farcall::bench {

struct Placement {
  std::string name;
  int client_cpu;
  int server_cpu;
};

/// Both sides on one processor, and on two if this process may use two.
std::vector<Placement> placements();

/// The calling thread, and those that it starts from now on, run on `cpu` alone.
void stay_on(int cpu);

}  // namespace farcall::bench
