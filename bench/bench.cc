#include "bench/bench.h"

#include <algorithm>
#include <iostream>
#include <map>

#include "bench/crowd.h"
#include "bench/definitions.h"
#include "bench/failure.h"
#include "bench/process_usage.h"
#include "bench/series.h"

namespace farcall::bench {
namespace {

constexpr unsigned kCrowd = 64;
constexpr std::string_view kCrowdFloor = "floor_clients_64";
constexpr double kKibibyte = 1 << 10;
constexpr double kSecond = 1e9;

Figure plain(double value) { return {value, value, value, value}; }

/// The rows while they come together, by name.
class Rows {
 public:
  explicit Rows(std::size_t contestants) {
    for (const Definition& each : definitions()) {
      rows_.push_back({each.name, each.what, each.unit.text, {}, {}, {}, {}});
      rows_.back().peers.resize(contestants - 1);
    }
  }

  Row& operator[](std::string_view name) {
    return *std::find_if(rows_.begin(), rows_.end(), [&](auto& row) { return row.name == name; });
  }
  void set(std::string_view name, std::size_t contestant, const Figure& figure) {
    Row& row = (*this)[name];
    (contestant == 0 ? row.figure : row.peers[contestant - 1]) = figure;
  }
  std::vector<Row> take() { return std::move(rows_); }

 private:
  std::vector<Row> rows_;
};

/// Of rounds of a crowd.
struct CrowdSum {
  double count = 0;
  double elapsed = 0;  ///< nanoseconds, as in Samples
  double cpu = 0;
  Samples kept;

  void add(const Samples& round, bool keep) {
    count += round.count();
    elapsed += round.elapsed;
    cpu += round.cpu;
    if (keep) kept.add(round);
  }
};

class Run {
 public:
  explicit Run(const Options& options)
      : options_(options),
        pace_(options.quick ? kQuick : kThorough),
        contest_(prepare_contest(options)),
        rows_(contest_.contestants.size()) {}

  std::vector<Row> all() {
    series();
    crowds();
    servers();
    floors();
    return rows_.take();
  }

 private:
  [[nodiscard]] bool wants(std::string_view name) const {
    return name.find(options_.only) != std::string_view::npos;
  }
  /// Wanted, or the floor of what is.
  [[nodiscard]] bool needs(const Definition& definition) const {
    if (wants(definition.name)) return true;
    return std::any_of(definitions().begin(), definitions().end(), [&](const Definition& other) {
      const auto& floor = other.floor;
      return wants(other.name) &&
             std::find(floor.begin(), floor.end(), definition.name) != floor.end();
    });
  }

  void series();
  void take(const Definition& definition, const Measured& measured);
  void crowds();
  void crowd_floor();
  void measure_crowds(std::vector<Crowd>& crowds, const std::vector<std::size_t>& numbers);
  void take_crowd(const Definition& definition, const std::vector<CrowdSum>& sums);
  void summarize_crowd(std::size_t contestant, const Crowd& crowd);
  void servers();
  void floors();

  const Options& options_;
  const Pace pace_;
  const Contest contest_;
  Rows rows_;
};

void Run::series() {
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < definitions().size(); ++i) {
    const Place place = definitions()[i].place;
    if (place != Place::crowd && place != Place::summary && needs(definitions()[i])) {
      wanted.push_back(i);
    }
  }
  Series series(options_, contest_, pace_);
  series.run(wanted);
  for (const std::size_t i : wanted) take(definitions()[i], series.measured(i));
}

void Run::take(const Definition& definition, const Measured& measured) {
  for (std::size_t i = 0; i < measured.of_contestants.size(); ++i) {
    const Samples& samples = measured.of_contestants[i];
    if (samples.empty()) continue;
    rows_.set(definition.name, i, figure_of(samples, definition.unit, definition.amount));
    if (i == 0) rows_[definition.name].cpu_seconds = samples.cpu / kSecond;
    if (definition.name == "null_call_hot") {
      rows_.set("null_call_cpu", i,
                plain(samples.cpu / samples.count() / kMicroseconds.nanoseconds));
    }
  }
  if (measured.elsewhere.empty()) return;
  rows_[definition.name].floor =
      figure_of(measured.elsewhere, definition.unit, definition.amount).value;
  const auto& with_shim = rows_[definition.name].figure;
  if (definition.name == "host_call" && with_shim) {
    rows_.set("host_call_overhead", 0, plain(with_shim->value - *rows_[definition.name].floor));
  }
}

void Run::crowds() {
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < definitions().size(); ++i) {
    const Definition& definition = definitions()[i];
    if (definition.place == Place::crowd && definition.name != kCrowdFloor) wanted.push_back(i);
  }
  const auto is_wanted = [&](std::size_t i) { return needs(definitions()[i]); };
  if (wants(kCrowdFloor)) crowd_floor();
  if (!wants("memory_per_client") && !wants("cpu_idle") && !wants("clients_64_latency") &&
      std::none_of(wanted.begin(), wanted.end(), is_wanted)) {
    return;
  }
  try {
    std::vector<Crowd> crowds;
    for (const Contestant& contestant : contest_.contestants) {
      crowds.emplace_back(contestant, wanted.front(), kCrowd);
      summarize_crowd(crowds.size() - 1, crowds.back());
    }
    measure_crowds(crowds, wanted);
  } catch (const Failure& failure) {
    std::cerr << "farcall bench: clients: " << failure.what() << '\n';
  }
}

// Processes that know no library and no server.
void Run::crowd_floor() {
  const auto all = definitions();
  const auto floor = std::ranges::find(all, kCrowdFloor, &Definition::name);
  const Contestant nobody;
  try {
    std::vector<Crowd> crowds;
    crowds.emplace_back(nobody, floor - all.begin(), kCrowd);
    measure_crowds(crowds, {static_cast<std::size_t>(floor - all.begin())});
  } catch (const Failure& failure) {
    std::cerr << "farcall bench: " << kCrowdFloor << ": " << failure.what() << '\n';
  }
}

void Run::summarize_crowd(std::size_t contestant, const Crowd& crowd) {
  if (const auto bytes = crowd.memory_per_client()) {
    rows_.set("memory_per_client", contestant, plain(*bytes / kKibibyte));
  }
  const auto time = std::chrono::nanoseconds(pace_.idleness);
  const double share = crowd.idle_cpu(time) / static_cast<double>(time.count());
  rows_.set("cpu_idle", contestant, plain(share * 1e3));
}

// In turn, as everything else: a machine's CPUs may be near one another in one second and far apart
// in the next.
void Run::measure_crowds(std::vector<Crowd>& crowds, const std::vector<std::size_t>& numbers) {
  std::vector<std::vector<CrowdSum>> sums(numbers.size(), std::vector<CrowdSum>(crowds.size()));
  for (unsigned round = 0; round < std::max(pace_.rounds / 2, 1U); ++round) {
    for (std::size_t n = 0; n < numbers.size(); ++n) {
      const unsigned clients = definitions()[numbers[n]].clients;
      for (std::size_t i = 0; i < crowds.size(); ++i) {
        sums[n][i].add(crowds[i].measure(numbers[n], clients, pace_.crowded), clients == kCrowd);
      }
    }
  }
  for (std::size_t n = 0; n < numbers.size(); ++n) take_crowd(definitions()[numbers[n]], sums[n]);
}

void Run::take_crowd(const Definition& definition, const std::vector<CrowdSum>& sums) {
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i].elapsed == 0) continue;
    // What a rate's tail is among clients that take turns means little: their latency has a row.
    rows_.set(definition.name, i, plain(sums[i].count * kSecond / sums[i].elapsed));
    if (i == 0) rows_[definition.name].cpu_seconds = sums[i].cpu / kSecond;
    if (!sums[i].kept.empty()) {
      rows_.set(std::string(definition.name) + "_latency", i,
                figure_of(sums[i].kept, kMicroseconds, 1));
    }
  }
}

void Run::servers() {
  if (!contest_.own || (!wants("server_boot") && !wants("server_resident"))) return;
  Samples boots;
  Samples sizes;
  for (unsigned i = 0; i < pace_.boots; ++i) {
    const ServerProcess server(options_.kernel);
    boots.nanoseconds.push_back(server.boot_time());
    sizes.nanoseconds.push_back(resident_bytes_of(server.pid()) / kKibibyte);
  }
  rows_.set("server_boot", 0, figure_of(boots, kMilliseconds, 1));
  rows_.set("server_resident", 0, plain(sizes.quantile(0.5)));
}

void Run::floors() {
  for (const Definition& definition : definitions()) {
    if (definition.floor.empty()) continue;
    std::optional<double> sum = 0;
    for (const std::string_view name : definition.floor) {
      const auto& part = rows_[name].figure;
      sum = sum && part ? std::optional(*sum + part->value) : std::nullopt;
    }
    rows_[definition.name].floor = sum;
  }
}

}  // namespace

std::vector<Row> run(const Options& options) {
  const auto wanted = [&](const Definition& definition) {
    return definition.name.find(options.only) != std::string_view::npos;
  };
  if (std::none_of(definitions().begin(), definitions().end(), wanted)) {
    throw Failure("no benchmark has '" + options.only + "' in its name");
  }
  return Run(options).all();
}

}  // namespace farcall::bench
