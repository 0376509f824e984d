// farcall bench: the command line.
#include <fmt/core.h>

#include <memory>
#include <string>
#include <string_view>

#include "bench/bench.h"
#include "bench/failure.h"
#include "bench/subject.h"
#include "cli/command.h"
#include "farcall/url.h"

namespace farcall::cli {
namespace {

struct BenchOptions {
  bench::Options bench;
  bool json = false;
  std::string subject;  ///< this process is one that measures, which the bench has started
  std::string name;
};

bool is_server(std::string_view text) {
  if (text == "own") return true;
  const auto comma = text.find(',');
  const bool both = comma != std::string_view::npos;
  return parse_url(text.substr(0, comma)) && (!both || parse_url(text.substr(comma + 1)));
}

/// As CLI11 wants it: empty when it is right.
std::string server_complaint(const std::string& text) {
  if (is_server(text)) return {};
  return "'" + text + "' is no server: that is " + kUrlForms + ", two of them with a comma, or own";
}

int run_bench(const BenchOptions& options) {
  if (!options.subject.empty()) {
    const auto& libraries = options.bench.libraries;
    bench::run_subject({.place = bench::place_of(options.subject),
                        .library = libraries.empty() ? std::string() : libraries.front(),
                        .kernel = options.bench.kernel,
                        .url = {},
                        .preload = {},
                        .name = options.name});
  }
  try {
    const auto rows = bench::run(options.bench);
    fmt::print("{}", options.json ? bench::as_json(rows) : bench::as_table(rows));
    return 0;
  } catch (const bench::Failure& failure) {
    return fail(kFailed, failure.what());
  }
}

}  // namespace

Command add_bench(CLI::App& app) {
  auto options = std::make_shared<BenchOptions>();
  auto* command = app.add_subcommand(
      "bench", "Measure system calls on a kernel, beside what this machine takes for the least");
  command
      ->add_option("--client-lib", options->bench.libraries,
                   "a librumpclient to measure; further ones are measured in turn with the first, "
                   "as its peers (default: Farcall's own)")
      ->type_name("FILE")
      ->check(CLI::ExistingFile)
      ->allow_extra_args(false);
  command
      ->add_option("--server", options->bench.servers,
                   "a server for all, or one for each library: URL, UNIX-URL,TCP-URL, or 'own', "
                   "which is started here (default: own)")
      ->check(server_complaint)
      ->type_name("URL")
      ->allow_extra_args(false);
  command
      ->add_option("--kernel", options->bench.kernel,
                   "the kernel of our own server, and in-process, as 'farcall serve' has it")
      ->capture_default_str()
      ->type_name("NAME");
  command->add_option("--only", options->bench.only, "only benchmarks with this in their names")
      ->type_name("TEXT");
  command->add_flag("--quick", options->bench.quick,
                    "rough figures in less than 20 seconds, not good ones in minutes");
  command->add_flag("--json", options->json, "print a JSON list of objects, not a table");
  command->add_option("--subject", options->subject)->group("");
  command->add_option("--name", options->name)->group("");
  return [options] { return run_bench(*options); };
}

}  // namespace farcall::cli
