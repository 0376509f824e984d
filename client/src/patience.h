// What a signal handler does to a call that it interrupts.
#pragma once

#include <cstdint>

#include "host.h"

namespace farcall::client {

enum class Patience : std::uint8_t {
  restarts,  ///< a handler without SA_RESTART ends the call
  once,      ///< any handler ends it
  steadfast  ///< none does
};

/// How a call waits.
struct Waiting {
  Patience patience;
  /// The thread's mask while it sleeps, if it has held its signals back since the call began;
  /// nullptr: it has not. With `once` it has.
  const host::SignalSet* open = nullptr;
};

}  // namespace farcall::client
