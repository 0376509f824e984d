// A client's lwp, bound to the thread that executes its calls.
#pragma once

#include "farcall/result.h"
#include "farcall/syscall_info.h"
#include "farcall/sysproxy.h"
#include "netbsd/constants.h"
#include "netbsd/syscalls.h"
#include "server/kernel_interface.h"
#include "server/request.h"
#include "server/session.h"

namespace farcall::server {

/// For one thread, which it must leave before the session does.
class BoundLwp {
 public:
  explicit BoundLwp(Session& session) : session_(session) {}
  ~BoundLwp() { unbind(); }
  BoundLwp(const BoundLwp&) = delete;
  BoundLwp& operator=(const BoundLwp&) = delete;

  /// Makes and binds an lwp when there is none yet. NetBSD's errno.
  Result<void> bind() {
    if (bound_) return {};
    FARCALL_TRY(session_.process().bind_lwp());
    bound_ = true;
    return {};
  }
  void unbind() {
    if (bound_) session_.process().release_lwp();
    bound_ = false;
  }

  /// Executes a system call, whose number may be any. `begin(lwp)` and `end()` are called around it
  /// with the kernel's CPU held.
  template <class Begin, class End>
  sysproxy::SyscallResponse execute(Request& request, const Begin& begin, const End& end) {
    sysproxy::SyscallResponse response{};
    const std::uint32_t number = request.header.detail;
    if (number > static_cast<std::uint32_t>(kMaxSyscall)) {
      response.error = NB_ENOSYS;
    } else if (auto bound = bind(); !bound) {
      response.error = bound.code();
    } else {
      const auto& up = *session_.services().kernel.up;
      long result[2] = {0, 0};
      session_.activity().count_call();
      const CpuScope cpu(up);
      begin(up.hyp_lwproc_curlwp());
      response.error = up.hyp_syscall(static_cast<int>(number), request.args.data(), result);
      end();
      response.result[0] = result[0];
      response.result[1] = result[1];
    }
    return response;
  }

 private:
  Session& session_;
  bool bound_ = false;
};

}  // namespace farcall::server
