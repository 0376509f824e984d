// What is known of a thread of the program.
#pragma once

#include <cstdint>

#include "call.h"

namespace farcall::client {

class Channel;

/// Its address is the thread's name in the connection's baton.
struct Thread {
  Call* waiting = nullptr;     ///< its innermost call that waits on the stream
  Channel* channel = nullptr;  ///< its own, perhaps of an earlier connection
  std::uint32_t called = 0;    ///< the generation of the connection that it has made a call on
  std::uint32_t asked = 0;     ///< of that which it asked for a channel
  bool end_watched = false;    ///< what it has will be let go at its end
};

Thread& this_thread();

/// Has the calling thread's channel closed, and its calls abandoned, when it ends. False when the C
/// library cannot do it without taking memory, which may be what a signal handler interrupted.
bool watch_thread_exit();

}  // namespace farcall::client
