// farcall status: what a server is and has done.
#include <fmt/core.h>

#include "cli/command.h"
#include "cli/quantity.h"
#include "cli/report.h"

namespace farcall::cli {
namespace {

void print_status(const control::v1::Status& status) {
  const auto& activity = status.activity();
  const auto& limits = status.limits();
  fmt::print("server      farcall {}, process {}, up {}\n", status.version(), status.pid(),
             duration_text(status.uptime_seconds()));
  fmt::print("kernel      {}, {}\n", status.kernel(), status.kernel_release());
  for (const auto& url : status.listeners()) fmt::print("listens at  {}\n", url);
  fmt::print("clients     {} now, {} since the start, {} at most\n", status.clients(),
             status.clients_ever(), limits.max_clients());
  fmt::print("calls       {} since the start, {} of one client under way at most\n",
             activity.calls(), limits.max_calls());
  fmt::print("copied      {} from clients, {} to clients\n", bytes_text(activity.bytes_read()),
             bytes_text(activity.bytes_written()));
  fmt::print("requests    {} held, {} at most, {} of one client\n", bytes_text(status.bytes_held()),
             bytes_text(limits.max_held_total()), bytes_text(limits.max_held()));
  fmt::print("buffers     {} shared, {} at most, {} of one client; {} sent without a copy\n",
             bytes_text(status.bytes_shared()), bytes_text(limits.max_buffers_total()),
             bytes_text(limits.max_buffers()), bytes_text(activity.bytes_lent()));
  fmt::print("log level   {}\n", status.log_level());
}

int show_status(const ReportOptions& options) {
  control::v1::Status answer;
  const auto get = [&](const ControlClient& client, grpc::ClientContext& context) {
    return client.calls().GetStatus(&context, {}, &answer);
  };
  if (const int status = ask(options.control, get)) return status;
  if (options.json) {
    fmt::print("{}\n", to_json(answer));
  } else {
    print_status(answer);
  }
  return 0;
}

}  // namespace

Command add_status(CLI::App& app) {
  auto options = std::make_shared<ReportOptions>();
  auto* command = app.add_subcommand("status", "Show what a server is and has done");
  add_report_options(*command, *options, "one object");
  return [options] { return show_status(*options); };
}

}  // namespace farcall::cli
