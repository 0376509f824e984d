// The lwps of a thread that executes a client's calls: one of the client's process and, where the
// kernel has no other way to interrupt a call, one of a stand-in. One of them is bound to the
// thread.
//
// The thread may change, for who serves a channel: one that has executed a call goes on as that
// lwp; before another one may execute the next, it has to leave(), or to execute for another
// BoundLwp.
#pragma once

#include <memory>

#include "farcall/result.h"
#include "farcall/sysproxy.h"
#include "netbsd/constants.h"
#include "netbsd/syscalls.h"
#include "server/kernel_interface.h"
#include "server/request.h"
#include "server/session.h"
#include "server/stand_in.h"

namespace farcall::server {

/// For one thread, which it must leave before the session does.
class BoundLwp {
 public:
  explicit BoundLwp(Session& session)
      : session_(session),
        up_(*session.services().kernel.up),
        can_interrupt_(can_interrupt_lwps(session.services().kernel)) {}
  ~BoundLwp() { unbind(); }
  BoundLwp(const BoundLwp&) = delete;
  BoundLwp& operator=(const BoundLwp&) = delete;

  /// Binds the lwp of the client's process, which is made when there is none yet. NetBSD's errno.
  Result<void> bind();
  /// Ends them. The calling thread is none of another BoundLwp's.
  void unbind();
  /// The calling thread is none of them any more, if it was.
  void leave();
  [[nodiscard]] bool exists() const { return own_ != nullptr; }

  /// Executes a system call, whose number may be any. `begin(executor)` and `end()` are called
  /// around it with the kernel's CPU held.
  template <class Begin, class End>
  sysproxy::SyscallResponse execute(Request& request, const Begin& begin, const End& end) {
    sysproxy::SyscallResponse response{};
    const std::uint32_t number = request.header.detail;
    if (number > static_cast<std::uint32_t>(kMaxSyscall)) {
      response.error = NB_ENOSYS;
    } else if (auto bound = bind_for(number); !bound) {
      response.error = bound.code();
    } else {
      long result[2] = {0, 0};
      session_.activity().count_call();
      const CpuScope cpu(up_);
      begin(Executor{bound_, bound_ == own_ ? nullptr : stand_in_.get()});
      response.error = up_.hyp_syscall(static_cast<int>(number), request.args.data(), result);
      end();
      response.result[0] = result[0];
      response.result[1] = result[1];
    }
    return response;
  }

 private:
  Result<void> bind_for(std::uint32_t number);
  Result<void> bind_stand_in();
  void switch_to(lwp* target);
  void set_bound(lwp* bound);
  void drop_stand_in();

  /// What the calling thread has executed for.
  static thread_local BoundLwp* worn_;

  Session& session_;
  // At hand, not behind the session: after idleness each page on the way costs.
  const rumpuser_hyperup& up_;
  const bool can_interrupt_;  ///< the kernel interrupts lwps, and needs no stand-ins
  lwp* bound_ = nullptr;      ///< own_ or the stand-in's; nullptr: no thread is either
  lwp* own_ = nullptr;        ///< of the client's process
  std::unique_ptr<StandIn> stand_in_;
};

}  // namespace farcall::server
