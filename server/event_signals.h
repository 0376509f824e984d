// Signalling a client's eventfd without ever sleeping.
//
// write(2) would not do: whether it sleeps when the counter is full says a flag of the open file,
// which the client shares and may change between a look at it and the write. The host's
// asynchronous I/O has the kernel itself signal an eventfd at the end of a request, which takes the
// counter to its limit at most. So each signal is the end of a request that has nothing to do: a
// look at an event of ours that has always happened.
#pragma once

#include <linux/aio_abi.h>

#include <mutex>

#include "server/descriptor.h"

namespace farcall::server {

/// Safe from any thread. Nothing here sleeps.
class EventSignals {
 public:
  EventSignals() = default;
  ~EventSignals();
  EventSignals(const EventSignals&) = delete;
  EventSignals& operator=(const EventSignals&) = delete;

  /// False where the host has no asynchronous I/O (aio(7)), or none left for us: nothing can be
  /// signalled. The first call finds out.
  bool work();
  /// Makes the eventfd readable. False, and nothing happens, when `event` is no eventfd.
  bool signal(const Descriptor& event);

 private:
  void begin();

  std::once_flag begun_;
  aio_context_t context_ = 0;
  Descriptor always_;  ///< readable for ever
};

}  // namespace farcall::server
