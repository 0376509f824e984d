// The side of a subject that measures.
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <thread>

#include "bench/failure.h"
#include "bench/placement.h"
#include "bench/subject.h"
#include "bench/subject_record.h"

namespace farcall::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// A round may take longer than it should for a few more operations, but not longer than that.
constexpr std::chrono::seconds kLongest{1};

double nanoseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::nano>(duration).count();
}

double cpu_time() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto in_nanoseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_usec) * 1e3;
  };
  return in_nanoseconds(usage.ru_utime) + in_nanoseconds(usage.ru_stime);
}

/// What reading the clock twice costs by itself: it is no part of an operation.
double clock_cost() {
  Samples samples;
  for (int i = 0; i < 1000; ++i) {
    const auto before = Clock::now();
    samples.nanoseconds.push_back(nanoseconds(Clock::now() - before));
  }
  return samples.quantile(0.5);
}

class Measuring {
 public:
  explicit Measuring(const SubjectSpec& spec) : context_{nullptr, spec.name} {
    stay_near(Placement::anywhere);
    if (spec.place == Place::kernel) caller_ = load_kernel(spec.kernel);
    if (!spec.library.empty()) caller_ = connect_through(spec.library);
    context_.caller = caller_.get();
  }

  Samples run(const Round& round) {
    const Definition& definition = definitions()[round.definition];
    if (round.helper != 0) {
      made_.emplace(std::make_pair(round.definition, true), helper_of(definition)(context_));
      return {};
    }
    auto& made = made_[{round.definition, false}];
    if (made == nullptr) made = definition.make(context_);
    std::this_thread::sleep_until(Clock::time_point(std::chrono::nanoseconds(round.begin)));
    made->begin_round();
    Samples samples = time_operations(*made, definition, round);
    made->end_round();
    return samples;
  }

 private:
  Samples time_operations(Scenario& scenario, const Definition& definition, const Round& round) {
    Samples samples;
    samples.nanoseconds.reserve(round.most);
    const double cpu = cpu_time();
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::nanoseconds(round.duration);
    auto now = begin;
    const auto goes_on = [&] {
      const std::size_t count = samples.nanoseconds.size();
      return now < end || count == 0 || (count < round.at_least && now - begin < kLongest);
    };
    while (goes_on() && samples.nanoseconds.size() < round.most) {
      if (definition.pause.count() != 0) std::this_thread::sleep_for(definition.pause);
      const auto start = Clock::now();
      for (unsigned i = 0; i < definition.batch; ++i) scenario.operation();
      now = Clock::now();
      const double apart = clock_cost_ + definition.batch * nanoseconds(definition.apart);
      const double taken = std::max(nanoseconds(now - start) - apart, 1.0);
      samples.nanoseconds.push_back(taken / definition.batch);
    }
    samples.elapsed = nanoseconds(now - begin);
    samples.cpu = cpu_time() - cpu;
    return samples;
  }

  Context context_;
  std::unique_ptr<Caller> caller_;
  const double clock_cost_ = clock_cost();
  std::map<std::pair<std::uint32_t, bool>, std::unique_ptr<Scenario>> made_;
};

void send_all(const void* from, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const auto count =
        send(kControlDescriptor, static_cast<const char*>(from) + done, size - done, MSG_NOSIGNAL);
    if (count <= 0) _exit(1);
    done += static_cast<std::size_t>(count);
  }
}

void answer(const Samples& samples) {
  const RoundAnswer head{0, static_cast<std::uint32_t>(samples.nanoseconds.size()), samples.elapsed,
                         samples.cpu};
  send_all(&head, sizeof head);
  send_all(samples.nanoseconds.data(), samples.nanoseconds.size() * sizeof(double));
}

void answer(const std::exception& failure) {
  const std::string why = failure.what();
  const RoundAnswer head{1, static_cast<std::uint32_t>(why.size()), 0, 0};
  send_all(&head, sizeof head);
  send_all(why.data(), why.size());
}

}  // namespace

void run_subject(const SubjectSpec& spec) {
  std::unique_ptr<Measuring> measuring;
  Round round{};
  while (recv(kControlDescriptor, &round, sizeof round, MSG_WAITALL) == sizeof round) {
    try {
      if (measuring == nullptr) measuring = std::make_unique<Measuring>(spec);
      if (round.definition >= definitions().size()) throw Failure("there is no such benchmark");
      answer(measuring->run(round));
    } catch (const std::exception& failure) {
      answer(failure);
    }
  }
  // Scenarios' threads still run.
  _exit(0);
}

std::string word_of(Place place) { return std::to_string(static_cast<int>(place)); }

Place place_of(const std::string& word) { return static_cast<Place>(std::stoi(word)); }

}  // namespace farcall::bench
