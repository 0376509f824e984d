#include "server/control/grpc_runtime.h"

#include <fcntl.h>
#include <grpc/support/log.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_posix.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <string>

namespace farcall::server {
namespace {

constexpr std::chrono::seconds kLastTime{1};
constexpr int kMaxRequestBytes = 4096;
constexpr int kMaxCallsOfConnection = 8;
constexpr int kMaxIdleMilliseconds = 30'000;
constexpr int kMaxThreads = 8;
constexpr std::size_t kMaxMemory = std::size_t{8} << 20;

/// For gRPC's logging, which knows no more than this process. A runtime that has ended says
/// nothing.
std::atomic<WatchedServer*> logging = nullptr;

/// What gRPC says of its peers is of interest to who looks for a mistake, and to nobody else.
void log_of_grpc(gpr_log_func_args* line) {
  if (auto* server = logging.load()) server->log(std::string("gRPC: ") + line->message);
}

}  // namespace

GrpcRuntime::GrpcRuntime(WatchedServer& server) : service_(server) {
  logging = &server;
  gpr_set_log_function(log_of_grpc);
  grpc::ResourceQuota quota("farcall-control");
  quota.Resize(kMaxMemory).SetMaxThreads(kMaxThreads);
  grpc::ServerBuilder builder;
  builder.RegisterService(&service_);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(kMaxRequestBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxCallsOfConnection);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kMaxIdleMilliseconds);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
  server_ = builder.BuildAndStart();
}

GrpcRuntime::~GrpcRuntime() {
  if (server_) server_->Shutdown(std::chrono::system_clock::now() + kLastTime);
  server_.reset();
  for (const int fd : watched_) close(fd);
  logging = nullptr;
}

bool GrpcRuntime::add_connection(int fd) {
  const int duplicate = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (duplicate == -1) {
    close(fd);
    return false;
  }
  watched_.push_back(duplicate);
  grpc::AddInsecureChannelFromFd(server_.get(), fd);
  return true;
}

bool GrpcRuntime::wait(int wake_fd, std::chrono::milliseconds time) {
  std::vector<pollfd> polled{{wake_fd, POLLIN, 0}};
  // Their data are gRPC's; their ends are always told.
  for (const int fd : watched_) polled.push_back({fd, 0, 0});
  const int ready = poll(polled.data(), polled.size(), static_cast<int>(time.count()));
  if (ready == 0) return false;
  for (std::size_t i = 1; i < polled.size(); ++i) {
    if (polled[i].revents == 0) continue;
    close(polled[i].fd);
    std::erase(watched_, polled[i].fd);
  }
  return true;
}

RuntimeOutcome start_control(WatchedServer& server) {
  auto runtime = std::make_unique<GrpcRuntime>(server);
  if (!runtime->started()) return Complaint{"gRPC does not start"};
  return runtime;
}

}  // namespace farcall::server
