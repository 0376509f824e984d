// What a signal handler does to a call that it interrupts.
#pragma once

#include <cstdint>

namespace farcall::client {

enum class Patience : std::uint8_t {
  restarts,  ///< a handler without SA_RESTART ends the call
  once,      ///< any handler ends it
  steadfast  ///< none does
};

}  // namespace farcall::client
