// For a kernel without an upcall that interrupts an lwp (NetBSD's): a process that shares the
// descriptors and the memory of a client's, and in which one thread's calls are executed that may
// sleep for long. The interface can tell all lwps of a process to end; what sleeps then ends with
// EINTR. For the client's own process that would be its end; a stand-in is used up by it.
//
// The calls are those that the system call table calls interruptible: they act on descriptors
// alone, so it does not matter whose process makes them.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "farcall/result.h"
#include "server/kernel_process.h"

namespace farcall::server {

/// For one thread, but for what says otherwise. Errors are NetBSD's.
class StandIn {
 public:
  /// The calling thread has an lwp of `client` bound, and one of the stand-in's afterwards unless
  /// there is an error: EBUSY while the client's lwps are told to end. `client` must outlive it.
  static Result<std::unique_ptr<StandIn>> create(KernelProcess& client);
  /// The calling thread has the stand-in's lwp bound, and none afterwards.
  ~StandIn();
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;

  [[nodiscard]] lwp* own_lwp() const { return lwp_; }
  /// To be asked between two calls, without the CPU: sleeps until no interrupt is under way. True:
  /// there was one, no further call can sleep in here.
  [[nodiscard]] bool is_used_up();

  // ---- for any thread

  /// Announces an interrupt, so that the stand-in stays for it. Does not sleep.
  void announce_interrupt();
  /// Carries out what was announced: the present call, and any later one, ends with EINTR when it
  /// sleeps. Without the CPU; sleeps.
  void interrupt();

 private:
  StandIn(KernelProcess& client, std::unique_ptr<KernelProcess> process)
      : client_(client), process_(std::move(process)) {}

  KernelProcess& client_;
  const std::unique_ptr<KernelProcess> process_;
  lwp* lwp_ = nullptr;

  std::mutex mutex_;
  std::condition_variable over_;
  unsigned announced_ = 0;
  bool used_up_ = false;
};

/// Who executes a call at the moment; nobody when `target` is nullptr.
struct Executor {
  lwp* target = nullptr;
  StandIn* stand_in = nullptr;
};

/// Makes the call end with EINTR when it sleeps. With the CPU held, and the lock without which the
/// call cannot end. What is returned, if not nullptr, waits to be told to interrupt(), without
/// either.
[[nodiscard]] StandIn* interrupt(const KernelInterface& kernel, const Executor& executor);

}  // namespace farcall::server
