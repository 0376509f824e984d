// One life of a gRPC server that is given its connections.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <vector>

namespace farcall::server {

/// While it exists, gRPC's threads do, two of which wake every second; afterwards they are gone.
/// One thread uses it.
class GrpcRuntime {
 public:
  explicit GrpcRuntime(grpc::Service& service);
  /// Lets calls under way end for a second; then ends them.
  ~GrpcRuntime();
  GrpcRuntime(const GrpcRuntime&) = delete;
  GrpcRuntime& operator=(const GrpcRuntime&) = delete;

  /// Serves `fd`, a connected non-blocking socket, and closes it in the end. False: the host has no
  /// descriptor left; it is closed.
  [[nodiscard]] bool add_connection(int fd);
  [[nodiscard]] std::size_t connections() const { return watched_.size(); }

  /// Sleeps until a connection has ended, `wake_fd` is readable, or the time is over (-1 ms:
  /// never). False: it is over.
  bool wait(int wake_fd, std::chrono::milliseconds time);

 private:
  std::unique_ptr<grpc::Server> server_;
  /// Duplicates of the connections: gRPC does not tell when one has ended.
  std::vector<int> watched_;
};

}  // namespace farcall::server
