// What is done again and again while the clock runs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "bench/caller.h"

namespace farcall::bench {

/// Made once in the process that measures, and never destroyed: it may have threads that serve the
/// operation, which end with the process.
class Scenario {
 public:
  Scenario() = default;
  virtual ~Scenario() = default;
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;

  /// Before and after operations that follow one another, outside the time that is taken.
  virtual void begin_round() {}
  virtual void end_round() {}
  virtual void operation() = 0;
};

/// Where a scenario runs.
struct Context {
  Caller* caller;    ///< null for what concerns the host alone
  std::string name;  ///< a word that is this run's own, for names in the kernel
};

using MakeScenario = std::function<std::unique_ptr<Scenario>(const Context&)>;

/// Makes a `Kind` of scenario, from its context and `arguments`.
template <class Kind, class... Arguments>
MakeScenario scenario(Arguments... arguments) {
  return [arguments...](const Context& context) {
    return std::make_unique<Kind>(context, arguments...);
  };
}

/// Runs `body` in a thread for as long as the process lives; when it fails, the process ends, which
/// whoever waits for the measurement notices.
void serve_in_thread(std::function<void()> body);

}  // namespace farcall::bench
