#include "server/control/report_text.h"

#include <fmt/core.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>

#include "server/control/quantity.h"

namespace farcall::server {
namespace {

std::string address_text(const control::v1::InterfaceAddress& address) {
  const std::string scope = address.scope().empty() ? "" : "%" + address.scope();
  return fmt::format("{}{}/{}", address.address(), scope, address.prefix_length());
}

}  // namespace

std::string report_text(const std::vector<control::v1::Client>& clients) {
  constexpr auto kLine = "{:>4}  {:>7}  {:<20}  {:<22}  {:>9}  {:>8}  {:>7}  {:>7}  {}\n";
  std::string text = fmt::format(kLine, "ID", "PROCESS", "PROGRAM", "FROM", "CONNECTED", "CALLS",
                                 "READ", "WRITTEN", "UNDER WAY");
  for (const auto& client : clients) {
    const auto& activity = client.activity();
    text += fmt::format(kLine, client.id(), client.process(), client.program(), client.peer(),
                        duration_text(client.connected_seconds()), activity.calls(),
                        bytes_text(activity.bytes_read()), bytes_text(activity.bytes_written()),
                        fmt::join(client.under_way(), " "));
  }
  return text;
}

std::string report_text(const std::vector<control::v1::Interface>& interfaces) {
  constexpr auto kLine = "{:<8}  {:>6}  {:>10}  {:>7}  {:>10}  {:>7}  {:>6}  {:<40}  {}\n";
  std::string text = fmt::format(kLine, "NAME", "MTU", "PACKETS IN", "BYTES", "OUT", "BYTES",
                                 "ERRORS", "FLAGS", "ADDRESSES");
  for (const auto& interface : interfaces) {
    const auto& counters = interface.counters();
    std::vector<std::string> addresses;
    if (!interface.link_address().empty()) addresses.push_back(interface.link_address());
    for (const auto& each : interface.addresses()) addresses.push_back(address_text(each));
    text += fmt::format(
        kLine, interface.name(), interface.mtu(), counters.packets_in(),
        bytes_text(counters.bytes_in()), counters.packets_out(), bytes_text(counters.bytes_out()),
        counters.errors_in() + counters.errors_out(),
        fmt::format("{}", fmt::join(interface.flags(), ",")), fmt::join(addresses, " "));
  }
  return text;
}

std::string report_text(const control::v1::Status& status) {
  std::string text;
  const auto add = [&](auto format, const auto&... values) {
    fmt::vformat_to(std::back_inserter(text), format, fmt::make_format_args(values...));
  };
  const auto& activity = status.activity();
  const auto& limits = status.limits();
  add("server      farcall {}, process {}, up {}\n", status.version(), status.pid(),
      duration_text(status.uptime_seconds()));
  add("kernel      {}, {}\n", status.kernel(), status.kernel_release());
  for (const auto& url : status.listeners()) add("listens at  {}\n", url);
  add("clients     {} now, {} since the start, {} at most\n", status.clients(),
      status.clients_ever(), limits.max_clients());
  add("calls       {} since the start, {} of one client under way at most\n", activity.calls(),
      limits.max_calls());
  add("copied      {} from clients, {} to clients\n", bytes_text(activity.bytes_read()),
      bytes_text(activity.bytes_written()));
  add("requests    {} held, {} at most, {} of one client\n", bytes_text(status.bytes_held()),
      bytes_text(limits.max_held_total()), bytes_text(limits.max_held()));
  add("buffers     {} shared, {} at most, {} of one client; {} sent without a copy\n",
      bytes_text(status.bytes_shared()), bytes_text(limits.max_buffers_total()),
      bytes_text(limits.max_buffers()), bytes_text(activity.bytes_lent()));
  add("log level   {}\n", status.log_level());
  return text;
}

}  // namespace farcall::server
