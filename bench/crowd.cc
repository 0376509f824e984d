#include "bench/crowd.h"

#include <unistd.h>

#include <thread>

#include "bench/crowd_floor.h"
#include "bench/process_usage.h"
#include "bench/subject_record.h"

namespace farcall::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// For all clients to hear of a round before it begins.
constexpr auto kNotice = std::chrono::milliseconds(30);
/// For threads that have nothing to do any more to notice it.
constexpr auto kSettling = std::chrono::milliseconds(200);

}  // namespace

Crowd::Crowd(const Contestant& contestant, std::size_t definition, unsigned count)
    : contestant_(contestant), memory_before_(resident_bytes_of(contestant.server)) {
  const SubjectSpec spec{.place = Place::client,
                         .library = contestant.library,
                         .kernel = {},
                         .url = contestant.local_url,
                         .preload = {},
                         .name = "farcall-crowd-" + std::to_string(getpid())};
  const Round hello{static_cast<std::uint32_t>(definition), 0, 2, 2, 0, 0};
  for (unsigned i = 0; i < count; ++i) {
    clients_.push_back(std::make_unique<Subject>(spec));
    clients_.back()->ask(hello);
  }
  for (const auto& client : clients_) client->collect();
  CrowdPingPong::forget(spec.name);
  memory_after_ = resident_bytes_of(contestant.server);
}

Samples Crowd::measure(std::size_t definition, unsigned count, std::chrono::nanoseconds duration) {
  const auto begin = Clock::now() + kNotice;
  const Round round{static_cast<std::uint32_t>(definition),
                    0,
                    0,
                    kMostCrowdedSamples,
                    std::chrono::nanoseconds(begin.time_since_epoch()).count(),
                    duration.count()};
  const double before = cpu_time();
  for (unsigned i = 0; i < count; ++i) clients_[i]->ask(round);
  Samples all;
  for (unsigned i = 0; i < count; ++i) all.add(clients_[i]->collect());
  all.elapsed = static_cast<double>(duration.count());
  all.cpu = cpu_time() - before;
  return all;
}

std::optional<double> Crowd::memory_per_client() const {
  if (contestant_.server < 0) return std::nullopt;
  return (memory_after_ - memory_before_) / static_cast<double>(clients_.size());
}

double Crowd::cpu_time() const {
  double total = cpu_time_of(contestant_.server);
  for (const auto& client : clients_) total += cpu_time_of(client->pid());
  return total;
}

double Crowd::idle_cpu(std::chrono::nanoseconds time) const {
  // What they do after their last calls is not idleness.
  std::this_thread::sleep_for(kSettling);
  const double before = cpu_time();
  std::this_thread::sleep_for(time);
  return cpu_time() - before;
}

}  // namespace farcall::bench
