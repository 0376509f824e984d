// farcall interfaces: the network interfaces of a server's kernel.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <vector>

#include "cli/command.h"
#include "cli/quantity.h"
#include "cli/report.h"

namespace farcall::cli {
namespace {

std::string address_text(const control::v1::InterfaceAddress& address) {
  const std::string scope = address.scope().empty() ? "" : "%" + address.scope();
  return fmt::format("{}{}/{}", address.address(), scope, address.prefix_length());
}

void print_table(const std::vector<control::v1::Interface>& interfaces) {
  constexpr auto kLine = "{:<8}  {:>6}  {:>10}  {:>7}  {:>10}  {:>7}  {:>6}  {:<40}  {}\n";
  fmt::print(kLine, "NAME", "MTU", "PACKETS IN", "BYTES", "OUT", "BYTES", "ERRORS", "FLAGS",
             "ADDRESSES");
  for (const auto& interface : interfaces) {
    const auto& counters = interface.counters();
    std::vector<std::string> addresses;
    if (!interface.link_address().empty()) addresses.push_back(interface.link_address());
    for (const auto& each : interface.addresses()) addresses.push_back(address_text(each));
    fmt::print(kLine, interface.name(), interface.mtu(), counters.packets_in(),
               bytes_text(counters.bytes_in()), counters.packets_out(),
               bytes_text(counters.bytes_out()), counters.errors_in() + counters.errors_out(),
               fmt::format("{}", fmt::join(interface.flags(), ",")), fmt::join(addresses, " "));
  }
}

int interfaces(const ReportOptions& options) {
  const auto start = [](auto& calls, grpc::ClientContext& context) {
    return calls.ListInterfaces(&context, {});
  };
  return report_list(options, start, print_table);
}

}  // namespace

Command add_interfaces(CLI::App& app) {
  auto options = std::make_shared<ReportOptions>();
  auto* command = app.add_subcommand("interfaces", "List the network interfaces of the kernel");
  add_report_options(*command, *options, "an array of objects");
  return [options] { return interfaces(*options); };
}

}  // namespace farcall::cli
