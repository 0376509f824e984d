// farcall ps: who uses a server.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <vector>

#include "cli/command.h"
#include "cli/quantity.h"
#include "cli/report.h"

namespace farcall::cli {
namespace {

void print_table(const std::vector<control::v1::Client>& clients) {
  constexpr auto kLine = "{:>4}  {:>7}  {:<20}  {:<22}  {:>9}  {:>8}  {:>7}  {:>7}  {}\n";
  fmt::print(kLine, "ID", "PROCESS", "PROGRAM", "FROM", "CONNECTED", "CALLS", "READ", "WRITTEN",
             "UNDER WAY");
  for (const auto& client : clients) {
    const auto& activity = client.activity();
    fmt::print(kLine, client.id(), client.process(), client.program(), client.peer(),
               duration_text(client.connected_seconds()), activity.calls(),
               bytes_text(activity.bytes_read()), bytes_text(activity.bytes_written()),
               fmt::join(client.under_way(), " "));
  }
}

int ps(const ReportOptions& options) {
  const auto start = [](auto& calls, grpc::ClientContext& context) {
    return calls.ListClients(&context, {});
  };
  return report_list(options, start, print_table);
}

}  // namespace

Command add_ps(CLI::App& app) {
  auto options = std::make_shared<ReportOptions>();
  auto* command = app.add_subcommand("ps", "List the programs that use a server");
  add_report_options(*command, *options, "an array of objects");
  return [options] { return ps(*options); };
}

}  // namespace farcall::cli
