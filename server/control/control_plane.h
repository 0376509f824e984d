// The control plane of a server: sockets beside its own, and gRPC on them while somebody is
// connected.
//
// gRPC itself is loaded and started by the first connection, and ended some seconds after the last:
// its threads wake every second, and an idle server shall not. The Io thread accepts; one thread,
// `farcall-control`, starts and ends gRPC and hands it the connections; gRPC's threads answer.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/control/control_library.h"
#include "server/control/server_view.h"
#include "server/server.h"
#include "server/thread.h"

namespace farcall::server {

class ControlPlane {
 public:
  using Start = std::function<RuntimeOutcome(WatchedServer& server)>;

  /// `server` must outlive it. `start` starts gRPC; it runs in the thread for that.
  ControlPlane(Server& server, ProgramFacts facts, Start start = load_and_start_control);
  /// As stop(). The server no longer runs.
  ~ControlPlane();
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  /// Before the server runs: listens at `url`, which must be a unix socket's. The file gets mode
  /// 0600, and only the server's user and root may connect.
  std::optional<Complaint> listen(const std::string& url);

  /// Ends all connections; calls under way get a second. Sleeps until that is done.
  void stop();

 private:
  void accepted(int fd, const std::string& peer);
  void serve();
  void serve_once();
  void serve_with(ControlRuntime& grpc);
  void hang_up_on_all();
  std::vector<int> take_accepted();
  void wake() const;
  void clear_wake() const;

  Server& server_;
  ServerView view_;
  const Start start_;
  const int wake_fd_;

  std::mutex mutex_;  ///< a leaf: no other lock is taken with it
  std::condition_variable ended_;
  bool serving_ = false;  ///< there is a thread, or will be
  bool stopping_ = false;
  std::size_t connections_ = 0;
  std::vector<int> accepted_;

  ThreadGroup threads_;
};

}  // namespace farcall::server
