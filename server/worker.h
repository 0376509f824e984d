// A thread that executes one client's requests, with an lwp of the client's process bound to it.
#pragma once

#include <memory>

#include "server/asked_data.h"
#include "server/bound_lwp.h"
#include "server/placement.h"
#include "server/session.h"

namespace farcall::server {

class Worker {
 public:
  explicit Worker(std::shared_ptr<Session> session);

  /// Serves the session until it has no use for this thread any more.
  void run();

 private:
  void follow(const Request& request);
  void execute(Request& request);
  void system_call(Request& request);
  void prefork(Request& request);
  void guest(Request& request);
  void adopt(Request& request);
  void exec(Request& request);
  void answer_handshake(Request& request);

  const std::shared_ptr<Session> session_;
  const KernelInterface& kernel_;
  BoundLwp bound_;
  AskedData asked_;
  Placement placement_;
  unsigned client_cpu_ = 0;  ///< of the last request
  unsigned stays_ = 0;       ///< requests in a row from there
};

}  // namespace farcall::server
