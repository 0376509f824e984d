#include "server/placement.h"

#include <unistd.h>

#include <algorithm>

namespace farcall::server {

// A thread begins where the one that started it keeps itself. The process's first thread is kept
// nowhere.
Placement::Placement() {
  sched_getaffinity(getpid(), sizeof(allowed_), &allowed_);
  sched_setaffinity(0, sizeof(allowed_), &allowed_);
}

int Placement::cpu_count() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == -1) return 1;
  return CPU_COUNT(&allowed);
}

void Placement::join(unsigned cpu) {
  if (place_ == Place::at && cpu_ == cpu) return;
  if (cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &allowed_)) {
    return apply(allowed_, Place::anywhere, cpu);
  }
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  apply(only, Place::at, cpu);
}

void Placement::leave(unsigned cpu) {
  if (place_ == Place::beside && cpu_ == cpu) return;
  cpu_set_t others = allowed_;
  if (cpu < CPU_SETSIZE) CPU_CLR(cpu, &others);
  if (CPU_COUNT(&others) == 0) return apply(allowed_, Place::anywhere, cpu);
  apply(others, Place::beside, cpu);
}

void Placement::roam() { apply(allowed_, Place::anywhere, cpu_); }

// A CPU may be taken from the server meanwhile: then the host says no, and where the thread runs
// is not worth a complaint.
void Placement::apply(const cpu_set_t& cpus, Place place, unsigned cpu) {
  if (place == Place::anywhere && place_ == Place::anywhere) return;
  sched_setaffinity(0, sizeof(cpus), &cpus);
  place_ = place;
  cpu_ = cpu;
}

}  // namespace farcall::server
