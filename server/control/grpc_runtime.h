// gRPC's server.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <vector>

#include "server/control/control_library.h"
#include "server/control/control_service.h"

namespace farcall::server {

class GrpcRuntime final : public ControlRuntime {
 public:
  /// `server` must outlive it.
  explicit GrpcRuntime(WatchedServer& server);
  ~GrpcRuntime() override;

  [[nodiscard]] bool started() const { return server_ != nullptr; }
  [[nodiscard]] bool add_connection(int fd) override;
  [[nodiscard]] std::size_t connections() const override { return watched_.size(); }
  bool wait(int wake_fd, std::chrono::milliseconds time) override;

 private:
  ControlService service_;
  std::unique_ptr<grpc::Server> server_;
  /// Duplicates of the connections: gRPC does not tell when one has ended.
  std::vector<int> watched_;
};

/// Starts gRPC. There is one at a time.
RuntimeOutcome start_control(WatchedServer& server);

}  // namespace farcall::server
