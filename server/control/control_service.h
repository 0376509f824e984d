// The answers of the control plane (proto/control.proto), from gRPC's threads.
#pragma once

#include <string>
#include <string_view>

#include "proto/control.grpc.pb.h"
#include "server/control/watched_server.h"

namespace farcall::server {

/// `bytes` with all that is no printable ASCII, and the backslash, as \xNN: fit for protobuf's
/// strings and terminals.
std::string printable(std::string_view bytes);

class ControlService final : public control::v1::Control::Service {
 public:
  /// `server` must outlive it.
  explicit ControlService(WatchedServer& server) : server_(server) {}

  grpc::Status GetStatus(grpc::ServerContext* context, const control::v1::GetStatusRequest* request,
                         control::v1::Status* answer) override;
  grpc::Status ListClients(grpc::ServerContext* context,
                           const control::v1::ListClientsRequest* request,
                           grpc::ServerWriter<control::v1::Client>* clients) override;
  grpc::Status ListInterfaces(grpc::ServerContext* context,
                              const control::v1::ListInterfacesRequest* request,
                              grpc::ServerWriter<control::v1::Interface>* interfaces) override;
  grpc::Status Disconnect(grpc::ServerContext* context,
                          const control::v1::DisconnectRequest* request,
                          control::v1::DisconnectResponse* answer) override;
  grpc::Status SetLogLevel(grpc::ServerContext* context,
                           const control::v1::SetLogLevelRequest* request,
                           control::v1::SetLogLevelResponse* answer) override;
  grpc::Status Halt(grpc::ServerContext* context, const control::v1::HaltRequest* request,
                    control::v1::HaltResponse* answer) override;

 private:
  WatchedServer& server_;
};

}  // namespace farcall::server
