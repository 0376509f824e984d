// Running lwIP: its timers, and the packets that this machine sends to itself.
#pragma once

#include "kernel/net/lwip.h"

namespace farcall::kernel {

class Interface;

/// Held while code calls into lwIP. When the outermost one ends, the packets that the machine sent
/// to itself meanwhile are delivered, in the order in which they were sent and in this very thread,
/// so a request over lo0 needs no other thread to be woken; and the timer thread learns of timers
/// that became due earlier. Must not be held across a sleep.
class StackScope {
 public:
  StackScope();
  ~StackScope();
  StackScope(const StackScope&) = delete;
  StackScope& operator=(const StackScope&) = delete;
};

/// Initializes lwIP and starts the timer thread.
void stack_init();

/// The interface whose counters record what the machine sends to itself: lo0.
void stack_set_loopback(Interface* loopback);

/// Queues a copy of `packet`, an IP packet, to come back in through `netif`. ERR_MEM when the queue
/// is full.
err_t stack_loop(struct netif* netif, struct pbuf* packet);

}  // namespace farcall::kernel
