// The CPU for a scope, for entry points that take it themselves.
#pragma once

#include "kernel/core/lwproc.h"

namespace farcall::kernel {

class Scheduled {
 public:
  Scheduled() { lwp_schedule(); }
  ~Scheduled() { lwp_unschedule(); }
  Scheduled(const Scheduled&) = delete;
  Scheduled& operator=(const Scheduled&) = delete;
};

}  // namespace farcall::kernel
