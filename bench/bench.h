// farcall bench: measures client libraries against servers, and beside them what the machine takes
// for the least.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/unit.h"

namespace farcall::bench {

struct Options {
  /// Files of client libraries; the first is measured, the others are its peers. Empty: ours.
  std::vector<std::string> libraries;
  /// A server for each library, or one for all: URL, URL,URL (one over unix://, one over tcp://),
  /// or "own". Empty: own.
  std::vector<std::string> servers;
  std::string kernel = "builtin";  ///< of our own server, and in-process
  std::string only;                ///< benchmarks with this in their names; empty: all
  bool quick = false;              ///< rough figures in seconds, not minutes
};

/// One line of the result. What could not be measured is not there.
struct Row {
  std::string_view name;
  std::string_view what;
  std::string_view unit;
  std::optional<Figure> figure;
  std::optional<double> floor;
  std::vector<std::optional<Figure>> peers;  ///< in the order of Options::libraries
  std::optional<double> cpu_seconds;         ///< of client and server, for the whole measurement
};

/// Measures all. What fails is said on standard error and missing from the rows. Takes minutes, or
/// less than 20 seconds when quick. Throws Failure when nothing can be measured.
std::vector<Row> run(const Options& options);

/// The rows as a table in Markdown, and as a JSON list of objects.
std::string as_table(const std::vector<Row>& rows);
std::string as_json(const std::vector<Row>& rows);

}  // namespace farcall::bench
