// A thread that executes one client's requests, with an lwp of the client's process bound to it.
#pragma once

#include <memory>

#include "farcall/result.h"
#include "server/session.h"

namespace farcall::server {

class Worker {
 public:
  explicit Worker(std::shared_ptr<Session> session);

  /// Serves the session until it has no use for this thread any more.
  void run();

  /// The request of `session` that the calling thread executes, nullptr: none.
  static Request* current(const Session& session);

 private:
  void execute(Request& request);
  void system_call(Request& request);
  void prefork(Request& request);
  void guest(Request& request);
  void adopt(Request& request);
  void exec(Request& request);
  void answer_handshake(Request& request);

  Result<void> bind();
  void unbind();

  const std::shared_ptr<Session> session_;
  const KernelInterface& kernel_;
  bool bound_ = false;
};

}  // namespace farcall::server
