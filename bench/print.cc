// The result for people and for programs.
#include <fmt/core.h>
#include <fmt/format.h>

#include "bench/bench.h"

namespace farcall::bench {
namespace {

using Number = std::optional<double>;

Number part(const std::optional<Figure>& figure, double Figure::*which) {
  return figure ? Number((*figure).*which) : std::nullopt;
}

Number first_peer(const Row& row) {
  return row.peers.empty() ? std::nullopt : part(row.peers.front(), &Figure::value);
}

Number ratio(const Number& value, const Number& to) {
  if (!value || !to || *to == 0) return std::nullopt;
  return *value / *to;
}

/// Four significant digits are more than are true.
std::string cell(const Number& number) {
  if (!number) return "";
  if (*number >= 1000) return fmt::format("{:.0f}", *number);
  return *number >= 0.1 || *number <= -0.1 ? fmt::format("{:.3g}", *number)
                                           : fmt::format("{:.3f}", *number);
}

std::string json(const Number& number) { return number ? fmt::format("{:.6g}", *number) : "null"; }

std::string json_of_peers(const Row& row) {
  std::string text;
  for (const auto& peer : row.peers) {
    text += (text.empty() ? "" : ", ") + json(part(peer, &Figure::value));
  }
  return "[" + text + "]";
}

}  // namespace

std::string as_table(const std::vector<Row>& rows) {
  constexpr std::string_view kLine =
      "| {:<25} | {:<50} | {:>4} | {:>8} | {:>8} | {:>8} | {:>8} | "
      "{:>8} | {:>8} | {:>8} |\n";
  std::string text = fmt::format(kLine, "name", "what", "unit", "value", "p50", "p99", "floor",
                                 "to floor", "peer", "to peer");
  text += "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
  for (const Row& row : rows) {
    const Number value = part(row.figure, &Figure::value);
    const Number peer = first_peer(row);
    if (!value && !peer) continue;
    text += fmt::format(kLine, row.name, row.what, row.unit, cell(value),
                        cell(part(row.figure, &Figure::p50)), cell(part(row.figure, &Figure::p99)),
                        cell(row.floor), cell(ratio(value, row.floor)), cell(peer),
                        cell(ratio(value, peer)));
  }
  return text;
}

std::string as_json(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    const Number value = part(row.figure, &Figure::value);
    const Number peer = first_peer(row);
    text += text.empty() ? "[\n" : ",\n";
    text += fmt::format(
        R"(  {{"name": "{}", "unit": "{}", "value": {}, "p50": {}, "p99": {}, "p999": {}, )"
        R"("floor": {}, "peer": {}, "ratio_to_floor": {}, "ratio_to_peer": {}, )"
        R"("peers": {}, "cpu_seconds": {}}})",
        row.name, row.unit, json(value), json(part(row.figure, &Figure::p50)),
        json(part(row.figure, &Figure::p99)), json(part(row.figure, &Figure::p999)),
        json(row.floor), json(peer), json(ratio(value, row.floor)), json(ratio(value, peer)),
        json_of_peers(row), json(row.cpu_seconds));
  }
  return text + "\n]\n";
}

}  // namespace farcall::bench
