// A client's process in the kernel. It lives as long as its main lwp, which is never bound to a
// thread for longer than one of the functions here; workers bind lwps of their own.
//
// Errors are NetBSD's. Everything here takes the kernel's CPU, so it may sleep; none may be called
// with it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "farcall/result.h"
#include "server/client_table.h"
#include "server/kernel_interface.h"

namespace farcall::server {

class StandIn;

class KernelProcess {
 public:
  /// A process of its own, named `command`. The calling thread must have no lwp bound.
  static Result<std::unique_ptr<KernelProcess>> create(const rumpuser_hyperup& up, ClientId client,
                                                       const std::string& command);
  /// Gives up the main lwp: the process ends when the workers' lwps are gone as well. The calling
  /// thread must have no lwp bound.
  ~KernelProcess();
  KernelProcess(const KernelProcess&) = delete;
  KernelProcess& operator=(const KernelProcess&) = delete;

  [[nodiscard]] ClientId client() const { return client_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// The program, as the client named it. Not to be called beside exec.
  [[nodiscard]] const std::string& command() const { return command_; }

  /// A copy with copied descriptors. The calling thread has an lwp of this process bound, and keeps
  /// it.
  Result<std::unique_ptr<KernelProcess>> fork(ClientId client);

  /// A process with the same descriptors for the same client. As fork.
  Result<std::unique_ptr<KernelProcess>> share();

  /// Binds a new lwp of this process to the calling thread. EBUSY while the lwps are told to end.
  Result<lwp*> bind_lwp();
  /// Binds `target`, of this process, instead of the calling thread's lwp.
  void switch_to(lwp* target);
  /// Ends the calling thread's lwp, which is of this process.
  void release_lwp();

  /// Wakes and ends all lwps but the main one, and interrupts the stand-ins. Does not wait for the
  /// lwps.
  void end_lwps();
  /// The program is now `command`. All lwps that end_lwps ended must be gone.
  void exec(const std::string& command);

  /// From now on `stand_in` is interrupted by end_lwps. EBUSY after that, until exec.
  Result<void> add(StandIn& stand_in);
  /// Sleeps while end_lwps interrupts it.
  void remove(const StandIn& stand_in);

 private:
  KernelProcess(const rumpuser_hyperup& up, ClientId client, std::string command)
      : up_(up), client_(client), command_(std::move(command)) {}
  Result<std::unique_ptr<KernelProcess>> copy(ClientId client, int descriptors);

  const rumpuser_hyperup& up_;
  const ClientId client_;
  std::string command_;
  lwp* main_ = nullptr;
  pid_t pid_ = 0;
  /// Held while a thread runs as the main lwp. Taken before the CPU.
  std::mutex main_mutex_;

  /// Held while the stand-ins are interrupted. Taken before their main_mutex_.
  std::mutex stand_ins_mutex_;
  std::vector<StandIn*> stand_ins_;
  bool ending_ = false;
};

}  // namespace farcall::server
