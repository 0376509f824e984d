// The table of benchmarks: everything that is measured has one row, and what is printed is in the
// table's order.
#pragma once

#include <chrono>
#include <span>
#include <string_view>
#include <vector>

#include "bench/scenario.h"
#include "bench/unit.h"

namespace farcall::bench {

/// Who runs a scenario.
enum class Place {
  client,      ///< a program that a client library connects to a server on the same machine
  tcp_client,  ///< the same over tcp
  kernel,      ///< a program that has loaded the kernel
  host,        ///< a program that uses the host alone
  program,     ///< an unmodified program with the shim before it
  crowd,       ///< many programs with a client library at once
  summary,     ///< none: the figure comes of other measurements
};

struct Definition {
  std::string_view name;
  std::string_view what;  ///< for people
  Unit unit;
  Place place;
  MakeScenario make = nullptr;
  double amount = 1;                   ///< of what a rate counts, moved by one operation
  unsigned batch = 1;                  ///< operations timed together
  std::chrono::milliseconds pause{0};  ///< idleness before each operation
  std::chrono::nanoseconds apart{0};   ///< of each operation's time, taken off: what it waits for
  unsigned clients = 1;                ///< of a crowd
  bool floor_elsewhere = false;  ///< the floor is the same scenario without what is measured: in
                                 ///< the kernel for clients, without the shim for programs
  std::vector<std::string_view> floor{};  ///< else: the sum of these benchmarks' values
};

std::span<const Definition> definitions();

/// What a benchmark needs beside it in another client, or null.
MakeScenario helper_of(const Definition& definition);

}  // namespace farcall::bench
