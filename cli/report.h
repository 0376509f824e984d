// Commands that show what a server tells: as a table to people, as JSON to programs.
#pragma once

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "cli/control_client.h"

namespace farcall::cli {

struct ReportOptions {
  ControlOptions control;
  bool json = false;
};

/// --server, --control and --json, which prints `json`.
inline void add_report_options(CLI::App& command, ReportOptions& options, const std::string& json) {
  add_control_options(command, options.control);
  command.add_flag("--json", options.json, "for programs: " + json);
}

/// Shows all items that the streaming call `start(stub, context)` gives; returns the status for the
/// command to end with.
template <class Item, class Start>
int report_list(const ReportOptions& options, Start start,
                void (*print_table)(const std::vector<Item>& items)) {
  std::vector<Item> items;
  const auto list = [&](const ControlClient& client, grpc::ClientContext& context) {
    const auto reader = start(client.calls(), context);
    for (Item next; reader->Read(&next);) items.push_back(next);
    return reader->Finish();
  };
  if (const int status = ask(options.control, list)) return status;
  if (!options.json) {
    print_table(items);
    return 0;
  }
  std::vector<std::string> objects;
  for (const auto& item : items) objects.push_back(to_json(item));
  fmt::print("[{}]\n", fmt::join(objects, ",\n"));
  return 0;
}

}  // namespace farcall::cli
