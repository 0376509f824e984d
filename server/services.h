// What all sessions of a server share.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "server/budget.h"
#include "server/client_table.h"
#include "server/descriptor.h"
#include "server/event_signals.h"
#include "server/kernel_interface.h"
#include "server/limits.h"
#include "server/placement.h"
#include "server/poller.h"
#include "server/prefork_table.h"
#include "server/read_watch.h"
#include "server/thread.h"

namespace farcall::server {

struct Services {
  const Limits limits;
  KernelInterface kernel;
  /// Listeners, first handshakes, timers, reading for sessions whose workers sleep. Its thread
  /// never blocks.
  boost::asio::io_context& io;
  /// Kernel work that nobody waits for: interrupts and the end of processes. One thread, which may
  /// block.
  boost::asio::io_context& chores;
  ReadWatch& watch;
  /// Called in any thread when a process was prepared or lost its parent, so that its time can be
  /// watched; and when a session is over.
  std::function<void()> prefork_changed;
  std::function<void(SessionId)> session_over;
  /// Makes a connection for the client `peer`, whose end goes over its socket. False: there is none
  /// to be had. In any thread; does not sleep.
  std::function<bool(const Descriptor& over, const std::string& peer)> hand_out;

  ClientTable clients{};
  PreforkTable preforks{limits};
  Budget held{limits.max_held_total};
  Budget data{limits.max_data_held_total};
  Budget channels{limits.max_channels_total};
  /// Of what outlives clients: the kernel may have borrowed it.
  std::shared_ptr<Budget> buffers = std::make_shared<Budget>(limits.max_buffers_total);
  EventSignals events{};
  Pollers pollers{kernel, Placement::cpu_count() / 2};
  /// The workers. The last member: whatever they use outlives them.
  ThreadGroup workers{};
};

}  // namespace farcall::server
