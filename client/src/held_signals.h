// Handlers that are held back while a call is on its way, so that one that would have ended its
// sleep still does.
#pragma once

#include "host.h"

namespace farcall::client {

class HeldSignals {
 public:
  /// Blocks all signals of the thread, or none.
  explicit HeldSignals(bool hold)
      : held_(hold), before_(hold ? host::set_signal_mask(host::kAllSignals) : 0) {}
  ~HeldSignals() { release(); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  /// Lets the handlers run that have been held back; one may leave by siglongjmp. True when there
  /// were any. The second time nothing happens.
  bool release() {
    if (!held_) return false;
    const bool any = host::handlers_wait(before_);
    held_ = false;
    host::set_signal_mask(before_);
    return any;
  }

 private:
  bool held_;
  host::SignalSet before_;
};

}  // namespace farcall::client
