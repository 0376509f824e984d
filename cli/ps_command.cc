// farcall ps: who uses a server.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <vector>

#include "cli/command.h"
#include "cli/control_client.h"
#include "cli/quantity.h"

namespace farcall::cli {
namespace {

struct PsOptions {
  ControlOptions control;
  bool json = false;
};

void print_json(const std::vector<control::v1::Client>& clients) {
  std::vector<std::string> objects;
  for (const auto& client : clients) objects.push_back(to_json(client));
  fmt::print("[{}]\n", fmt::join(objects, ",\n"));
}

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

int ps(const PsOptions& options) {
  std::vector<control::v1::Client> clients;
  const auto list = [&](const ControlClient& client, grpc::ClientContext& context) {
    const auto reader = client.calls().ListClients(&context, {});
    for (control::v1::Client next; reader->Read(&next);) clients.push_back(next);
    return reader->Finish();
  };
  if (const int status = ask(options.control, list)) return status;
  if (options.json) {
    print_json(clients);
  } else {
    print_table(clients);
  }
  return 0;
}

}  // namespace

Command add_ps(CLI::App& app) {
  auto options = std::make_shared<PsOptions>();
  auto* command = app.add_subcommand("ps", "List the programs that use a server");
  add_control_options(*command, options->control);
  command->add_flag("--json", options->json, "for programs: an array of objects");
  return [options] { return ps(*options); };
}

}  // namespace farcall::cli
