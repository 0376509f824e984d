#include "server/control/control_service.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "farcall/interface_list.h"
#include "netbsd/syscalls.h"
#include "server/control/interface_message.h"

namespace farcall::server {
namespace {

using grpc::ServerContext;
using grpc::Status;
using grpc::StatusCode;

double seconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

std::string call_name(std::uint32_t number) {
  const auto found = std::find_if(
      std::begin(kSyscalls), std::end(kSyscalls),
      [&](const auto& call) { return static_cast<std::uint32_t>(call.number) == number; });
  return found == std::end(kSyscalls) ? "call " + std::to_string(number) : std::string(found->name);
}

void fill(control::v1::Activity& to, const Activity& from) {
  to.set_calls(from.calls);
  to.set_bytes_read(from.bytes_read);
  to.set_bytes_written(from.bytes_written);
  to.set_bytes_lent(from.bytes_lent);
}

void fill(control::v1::Limits& to, const Limits& from) {
  to.set_max_clients(from.max_clients);
  to.set_max_calls(from.max_calls);
  to.set_max_frame(from.max_frame);
  to.set_max_held(from.max_held);
  to.set_max_held_total(from.max_held_total);
  to.set_max_preforks(from.max_preforks);
  to.set_max_data(from.max_data);
  to.set_max_data_held(from.max_data_held);
  to.set_max_data_held_total(from.max_data_held_total);
  to.set_max_channels(from.max_channels);
  to.set_max_channels_total(from.max_channels_total);
  to.set_max_buffers(from.max_buffers);
  to.set_max_buffers_total(from.max_buffers_total);
}

control::v1::Client client_message(const ClientReport& report) {
  control::v1::Client client;
  client.set_id(report.id);
  client.set_process(report.process);
  client.set_program(printable(report.program));
  client.set_peer(printable(report.peer));
  client.set_host_pid(report.host_pid);
  client.set_connected_seconds(seconds(report.connected));
  for (const auto number : report.under_way) client.add_under_way(call_name(number));
  fill(*client.mutable_activity(), report.activity);
  return client;
}

}  // namespace

std::string printable(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    if (byte >= ' ' && byte <= '~' && byte != '\\') {
      text += byte;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
  }
  return text;
}

Status ControlService::GetStatus(ServerContext* /*context*/,
                                 const control::v1::GetStatusRequest* /*request*/,
                                 control::v1::Status* answer) {
  const auto report = server_.report();
  const auto facts = server_.facts();
  answer->set_version(facts.version);
  answer->set_kernel(facts.kernel);
  answer->set_kernel_release(printable(report.kernel_release));
  answer->set_pid(getpid());
  answer->set_uptime_seconds(seconds(report.uptime));
  for (const auto& url : report.urls) answer->add_listeners(printable(url));
  answer->set_log_level(server_.log_level());
  answer->set_clients(static_cast<std::uint32_t>(report.clients));
  answer->set_clients_ever(report.clients_ever);
  fill(*answer->mutable_activity(), report.activity);
  answer->set_bytes_held(report.held);
  answer->set_bytes_shared(report.shared);
  fill(*answer->mutable_limits(), report.limits);
  return Status::OK;
}

Status ControlService::ListClients(ServerContext* /*context*/,
                                   const control::v1::ListClientsRequest* /*request*/,
                                   grpc::ServerWriter<control::v1::Client>* clients) {
  for (const auto& report : server_.clients()) {
    if (!clients->Write(client_message(report))) break;
  }
  return Status::OK;
}

Status ControlService::ListInterfaces(ServerContext* /*context*/,
                                      const control::v1::ListInterfacesRequest* /*request*/,
                                      grpc::ServerWriter<control::v1::Interface>* interfaces) {
  const auto list = server_.interfaces();
  if (!list) {
    return {StatusCode::FAILED_PRECONDITION,
            fmt::format("the kernel has no networking (NetBSD error {})", list.code())};
  }
  for (const auto& interface : *list) {
    if (!interfaces->Write(interface_message(interface))) break;
  }
  return Status::OK;
}

Status ControlService::Disconnect(ServerContext* /*context*/,
                                  const control::v1::DisconnectRequest* request,
                                  control::v1::DisconnectResponse* /*answer*/) {
  if (!server_.disconnect(request->id())) {
    return {StatusCode::NOT_FOUND, fmt::format("there is no client {}", request->id())};
  }
  return Status::OK;
}

Status ControlService::SetLogLevel(ServerContext* /*context*/,
                                   const control::v1::SetLogLevelRequest* request,
                                   control::v1::SetLogLevelResponse* answer) {
  answer->set_before(server_.log_level());
  if (!server_.set_log_level(request->level())) {
    return {StatusCode::INVALID_ARGUMENT, "there is no such log level"};
  }
  return Status::OK;
}

Status ControlService::Halt(ServerContext* /*context*/, const control::v1::HaltRequest* /*request*/,
                            control::v1::HaltResponse* answer) {
  const auto time = server_.report().limits.stop_time.count();
  answer->set_stop_milliseconds(static_cast<std::uint32_t>(time));
  server_.halt();
  return Status::OK;
}

}  // namespace farcall::server
