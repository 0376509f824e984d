// System calls through librumpclient, beside the floor of the same transport.
#pragma once

#include <string>
#include <vector>

#include "bench/samples.h"

namespace farcall::bench {

/// A call's samples and those of its floor, taken in turn.
struct Compared {
  Samples call;
  Samples floor;
};

/// Connects a child process to `url` (a process has one connection of librumpclient's) and measures
/// there. `transport` names it in the results.
std::vector<Compared> measure_calls(const std::string& url, const std::string& transport);

}  // namespace farcall::bench
