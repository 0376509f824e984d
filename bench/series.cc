#include "bench/series.h"

#include <unistd.h>

#include <iostream>

#include "bench/failure.h"
#include "bench/process_usage.h"
#include "bench/subject_record.h"
#include "server/install_paths.h"

namespace farcall::bench {
namespace {

constexpr std::uint32_t kLeastOperations = 5;
/// The contestant's number in the key of what concerns no contestant.
constexpr std::size_t kNobody = ~std::size_t{0};

bool is_remote(Place place) { return place == Place::client || place == Place::tcp_client; }

}  // namespace

Series::Series(const Options& options, const Contest& contest, const Pace& pace)
    : options_(options),
      contest_(contest),
      pace_(pace),
      name_("farcall-bench-" + std::to_string(getpid())),
      measured_(definitions().size()) {
  for (auto& each : measured_) each.of_contestants.resize(contest.contestants.size());
}

void Series::run(const std::vector<std::size_t>& wanted) {
  for (unsigned round = 0; round <= pace_.rounds; ++round) {
    for (const std::size_t number : wanted) run_round(number, round != 0);
  }
  subjects_.clear();
}

void Series::run_round(std::size_t number, bool counts) {
  const Definition& definition = definitions()[number];
  // An unmodified program has no client library to choose: the shim brings its own.
  const std::size_t contestants = is_remote(definition.place) ? contest_.contestants.size() : 1;
  for (std::size_t i = 0; i < contestants; ++i) measure_contestant(number, i, counts);
  if (definition.floor_elsewhere) measure_elsewhere(number, counts);
}

void Series::measure_contestant(std::size_t number, std::size_t contestant, bool counts) {
  const Definition& definition = definitions()[number];
  const Contestant& who = contest_.contestants[contestant];
  const bool over_tcp = definition.place == Place::tcp_client;
  const bool concerned = is_remote(definition.place) || definition.place == Place::program;
  if (concerned && (over_tcp ? who.tcp_url : who.local_url).empty()) return;
  if (helper_of(definition) != nullptr) make_helper(number, contestant);
  const Key key{definition.place, concerned ? contestant : kNobody};
  const double before = concerned ? cpu_time_of(who.server) : 0;
  Samples& sum = measured_[number].of_contestants[contestant];
  measure(number, key, counts ? &sum : nullptr);
  if (counts && concerned && !sum.empty()) sum.cpu += cpu_time_of(who.server) - before;
}

void Series::measure_elsewhere(std::size_t number, bool counts) {
  const Place place =
      definitions()[number].place == Place::program ? Place::program : Place::kernel;
  measure(number, {place, kNobody}, counts ? &measured_[number].elsewhere : nullptr);
}

void Series::measure(std::size_t number, const Key& who, Samples* sum) {
  bool& failed = failed_[{number, who}];
  if (failed) return;
  try {
    const Samples samples = subject(who).measure(round_of(number));
    if (sum != nullptr) sum->add(samples);
  } catch (const Failure& failure) {
    failed = true;
    std::cerr << "farcall bench: " << definitions()[number].name << ": " << failure.what() << '\n';
  }
}

void Series::make_helper(std::size_t number, std::size_t contestant) {
  bool& made = has_helper_[{number, contestant}];
  if (made) return;
  made = true;
  const bool has_local = !contest_.contestants[contestant].local_url.empty();
  Round round = round_of(number);
  round.helper = 1;
  try {
    subject({has_local ? Place::client : Place::tcp_client, contestant}).measure(round);
  } catch (const Failure& failure) {
    std::cerr << "farcall bench: " << definitions()[number].name << ": " << failure.what() << '\n';
  }
}

Subject& Series::subject(const Key& who) {
  auto& subject = subjects_[who];
  if (subject == nullptr || !subject->alive()) subject = std::make_unique<Subject>(spec_of(who));
  return *subject;
}

SubjectSpec Series::spec_of(const Key& who) const {
  const auto [place, number] = who;
  SubjectSpec spec{
      .place = place, .library = {}, .kernel = {}, .url = {}, .preload = {}, .name = name_};
  if (place == Place::kernel) spec.kernel = options_.kernel;
  if (number == kNobody) return spec;
  const Contestant& contestant = contest_.contestants[number];
  spec.name += "-" + std::to_string(number);
  spec.url = place == Place::tcp_client ? contestant.tcp_url : contestant.local_url;
  if (is_remote(place)) spec.library = contestant.library;
  if (place == Place::program) {
    const auto shim = server::find_library("libfarcall.so");
    if (!shim) throw Failure("libfarcall.so is not installed beside this program");
    spec.preload = shim->string();
  }
  return spec;
}

Round Series::round_of(std::size_t number) const {
  return {.definition = static_cast<std::uint32_t>(number),
          .helper = 0,
          .at_least = kLeastOperations,
          .most = kMostSamples,
          .begin = 0,
          .duration = std::chrono::nanoseconds(pace_.duration).count()};
}

}  // namespace farcall::bench
