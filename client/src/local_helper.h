// Threads that make calls which may sleep, in the place of the program's threads.
#pragma once

#include <atomic>
#include <cstdint>

#include "host.h"
#include "local_kernel.h"
#include "lock.h"
#include "patience.h"

namespace farcall::client::local {

/// A thread of ours and the call that it makes, one at a time. It belongs to the thread that took
/// it until that gives it back. All functions want all signals blocked.
class Helper {
 public:
  /// An idle one, or a new one; nullptr when there are no more threads, memory or descriptors.
  static Helper* take();
  /// The call must have ended.
  void give_back();

  void begin(const Arguments& arguments);
  [[nodiscard]] bool has_ended() const;
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }
  /// Readable when the call has ended.
  [[nodiscard]] int event() const { return event_; }
  /// Ends the call's sleep, now and for as long as somebody waits for it.
  void interrupt();

  /// Waits for the end of the call, with the signal mask `open`. A handler that `patience` names
  /// interrupts the call, whose end is then awaited.
  void wait(Patience patience, host::SignalSet open);

 private:
  enum State : std::uint32_t { idle, requested, ended };

  bool start();
  static void* run(void* self);
  void serve();
  void make_call();
  long sleep(Patience patience, host::SignalSet open);

  std::atomic<std::uint32_t> state_{idle};
  Arguments arguments_;
  Outcome outcome_;
  int event_ = -1;
  bool interrupted_ = false;  ///< the owner's: the call is to end
  Mutex mutex_;               ///< guards the next two, and that an interrupt meets a call
  Caller calling_;            ///< the helper while it makes a call
  bool was_interrupted_ = false;
  Helper* next_idle_ = nullptr;
};

}  // namespace farcall::client::local
