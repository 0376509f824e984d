// A process that measures on command: each client library, the kernel in-process, the host and an
// unmodified program have one of their own, so that nothing of one is in the other's way.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/definitions.h"
#include "bench/samples.h"

namespace farcall::bench {

/// How a subject is started: the words for its command line, and its environment's.
struct SubjectSpec {
  Place place = Place::host;
  std::string library;  ///< the client library, for clients
  std::string kernel;   ///< for Place::kernel
  std::string url;      ///< the server
  std::string preload;  ///< the shim; empty: none
  std::string name;     ///< as Context::name
};

/// What one round is.
struct Round {
  std::uint32_t definition;  ///< its place in definitions()
  std::uint32_t helper;      ///< 1: only make the definition's helper
  std::uint32_t at_least;    ///< operations
  std::uint32_t most;        ///< operations
  std::int64_t begin;        ///< steady clock, nanoseconds; 0: now
  std::int64_t duration;     ///< nanoseconds
};

class Subject {
 public:
  /// Starts the process. What goes wrong in it, is known after its first round.
  explicit Subject(const SubjectSpec& spec);
  ~Subject();
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  /// A round is asked for, and its samples are taken. collect() throws Failure when the round went
  /// wrong or took a minute longer than it should; the subject is then of no use when
  /// alive() says so.
  void ask(const Round& round);
  Samples collect();
  Samples measure(const Round& round);

  [[nodiscard]] bool alive() const { return alive_; }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  void read_all(void* to, std::size_t size);

  pid_t pid_ = -1;
  int control_ = -1;
  bool alive_ = true;
  std::chrono::steady_clock::time_point deadline_;
};

/// The process itself: obeys until the other side closes its end. Never returns.
[[noreturn]] void run_subject(const SubjectSpec& spec);

/// The words for `place` on a subject's command line, and back.
std::string word_of(Place place);
Place place_of(const std::string& word);

}  // namespace farcall::bench
