// The benchmarks with one client at a time: rounds of all of them in turn.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/contestant.h"
#include "bench/definitions.h"
#include "bench/pace.h"
#include "bench/subject.h"

namespace farcall::bench {

/// What was measured of one definition.
struct Measured {
  std::vector<Samples> of_contestants;
  Samples elsewhere;  ///< the same without what is measured
};

class Series {
 public:
  Series(const Options& options, const Contest& contest, const Pace& pace);

  /// Measures the definitions whose numbers are given, a round of each in turn, so that whatever
  /// else happens on the machine happens to all of them. A round before is not counted.
  void run(const std::vector<std::size_t>& wanted);
  [[nodiscard]] const Measured& measured(std::size_t definition) const {
    return measured_[definition];
  }

 private:
  /// One process: its place, and the number of its contestant.
  using Key = std::pair<Place, std::size_t>;

  void run_round(std::size_t number, bool counts);
  void measure_contestant(std::size_t number, std::size_t contestant, bool counts);
  void measure_elsewhere(std::size_t number, bool counts);
  void measure(std::size_t number, const Key& who, Samples* sum);
  void make_helper(std::size_t number, std::size_t contestant);
  Subject& subject(const Key& who);
  [[nodiscard]] SubjectSpec spec_of(const Key& who) const;
  [[nodiscard]] Round round_of(std::size_t number) const;

  const Options& options_;
  const Contest& contest_;
  const Pace& pace_;
  std::string name_;
  std::vector<Measured> measured_;
  std::map<Key, std::unique_ptr<Subject>> subjects_;
  std::map<std::pair<std::size_t, Key>, bool> failed_;
  std::map<std::pair<std::size_t, std::size_t>, bool> has_helper_;
};

}  // namespace farcall::bench
