// The way of a command to a server's control plane.
#pragma once

#include <grpcpp/grpcpp.h>
#include <sys/types.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "proto/control.grpc.pb.h"
#include "server/complaint.h"

namespace farcall::cli {

struct ControlOptions {
  std::string server;   ///< empty: as `farcall run` chooses
  std::string control;  ///< empty: beside that server's socket
};

/// --server and --control.
void add_control_options(CLI::App& command, ControlOptions& options);

class ControlClient {
 public:
  /// Connects. The complaint is a whole line, as are the others here.
  static std::variant<ControlClient, server::Complaint> connect(const ControlOptions& options);

  [[nodiscard]] control::v1::Control::Stub& calls() const { return *stub_; }
  /// Why a call has failed.
  [[nodiscard]] server::Complaint why(const grpc::Status& status) const;
  /// The server's process, 0 when this one cannot see it.
  [[nodiscard]] pid_t server_pid() const { return server_pid_; }

 private:
  /// Takes over `fd`, a connected socket.
  ControlClient(std::string url, int fd);

  std::string url_;
  pid_t server_pid_ = 0;
  std::unique_ptr<control::v1::Control::Stub> stub_;
};

/// Connects, and makes the one call that `call` is; it gets a context for that. Returns the status
/// for the command to end with, after one line on standard error if that is not 0.
int ask(const ControlOptions& options,
        const std::function<grpc::Status(const ControlClient&, grpc::ClientContext&)>& call);

/// A message as JSON for programs.
std::string to_json(const google::protobuf::Message& message);

}  // namespace farcall::cli
