// System calls through librumpclient, beside the floor of the same transport.
#pragma once

#include <string>
#include <vector>

#include "bench/floors.h"
#include "bench/placement.h"
#include "bench/samples.h"

namespace farcall::bench {

/// A call's samples and those of its floor, taken in turn.
struct Compared {
  Samples call;
  Samples floor;
};

/// Connects a child process to `url`, whose transport is `stream`, and measures there: a process
/// has one connection of librumpclient's.
std::vector<Compared> measure_calls(const std::string& url, Stream stream,
                                    const Placement& placement);

}  // namespace farcall::bench
