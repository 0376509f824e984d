// Where a thread that serves a client runs: beside the client while it spins, where the client runs
// while it sleeps. A wake-up on one CPU costs a few microseconds; across CPUs, on a virtual
// machine, ten times as much.
#pragma once

#include <sched.h>

namespace farcall::server {

/// For the thread that made it. Asks the host for something only when it has changed.
class Placement {
 public:
  /// The thread may run wherever the process may.
  Placement();

  /// How many CPUs the thread may use at all.
  [[nodiscard]] static int cpu_count();
  /// The thread shall run on `cpu`, when it may.
  void join(unsigned cpu);
  /// The thread may run anywhere again.
  void roam();
  /// The thread shall run anywhere but on `cpu`, when it can.
  void leave(unsigned cpu);

 private:
  enum class Place { anywhere, at, beside };
  void apply(const cpu_set_t& cpus, Place place, unsigned cpu);

  cpu_set_t allowed_{};
  Place place_ = Place::anywhere;
  unsigned cpu_ = 0;
};

}  // namespace farcall::server
