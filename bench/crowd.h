// Many clients at once, each a process of its own.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "bench/contestant.h"
#include "bench/pace.h"
#include "bench/subject.h"

namespace farcall::bench {

class Crowd {
 public:
  /// Starts `count` clients of `contestant`, and waits until each has made a call.
  Crowd(const Contestant& contestant, std::size_t definition, unsigned count);

  /// Has `count` of the clients measure at the same time.
  /// Elapsed is the time that all of them took.
  Samples measure(std::size_t definition, unsigned count, std::chrono::nanoseconds duration);
  /// Bytes that the server's memory grew by for each client; none when its process is not known.
  [[nodiscard]] std::optional<double> memory_per_client() const;
  /// Nanoseconds of processor time that clients and server take in `time` without calls.
  [[nodiscard]] double idle_cpu(std::chrono::nanoseconds time) const;

 private:
  [[nodiscard]] double cpu_time() const;

  const Contestant& contestant_;
  std::vector<std::unique_ptr<Subject>> clients_;
  double memory_before_ = 0;
  double memory_after_ = 0;
};

}  // namespace farcall::bench
