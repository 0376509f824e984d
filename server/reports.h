// What a server says about itself and its clients, at one moment.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "server/activity.h"
#include "server/limits.h"
#include "server/prefork_table.h"

namespace farcall::server {

struct ClientReport {
  SessionId id = 0;
  /// The process in the kernel; 0 before the handshake.
  pid_t process = 0;
  /// As the client has it: any bytes.
  std::string program{};
  std::string peer{};
  /// The process on this host, 0 when it is on another.
  pid_t host_pid = 0;
  std::chrono::steady_clock::duration connected{};
  /// Numbers of the calls that have no answer yet.
  std::vector<std::uint32_t> under_way{};
  Activity activity{};
};

struct ServerReport {
  /// As the kernel names itself: NAME-RELEASE/MACHINE.
  std::string kernel_release{};
  std::vector<std::string> urls{};
  std::chrono::steady_clock::duration uptime{};
  std::size_t clients = 0;
  /// These two since the start, of clients that have gone as well.
  std::uint64_t clients_ever = 0;
  Activity activity{};
  /// Bytes of requests under way.
  std::size_t held = 0;
  /// Bytes of memory that clients share for buffers.
  std::size_t shared = 0;
  Limits limits{};
};

}  // namespace farcall::server
