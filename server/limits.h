// What one client, and all of them, may take from the server. Each limit is checked before anything
// is taken.
#pragma once

#include <chrono>
#include <cstddef>

namespace farcall::server {

struct Limits {
  std::size_t max_clients = 4096;
  /// Calls of one client that have not been answered.
  std::size_t max_calls = 256;
  /// Bytes of the longest frame that a client may send; copies are asked for in pieces that fit.
  std::size_t max_frame = std::size_t{256} << 10;
  /// Bytes of requests that one client, and all together, may have under way.
  std::size_t max_held = std::size_t{256} << 10;
  std::size_t max_held_total = std::size_t{16} << 20;
  /// Bytes that may cross with one call over a stream, in each direction; and those that calls of
  /// one client, and of all together, may have under way.
  std::size_t max_data = std::size_t{1} << 20;
  std::size_t max_data_held = std::size_t{4} << 20;
  std::size_t max_data_held_total = std::size_t{64} << 20;
  /// Processes prepared by one client for children that have not come yet.
  std::size_t max_preforks = 64;
  /// Channels of one client, and of all together; each has a thread.
  std::size_t max_channels = 256;
  std::size_t max_channels_total = 4096;
  /// Bytes of the memory that one client, and all together, may share for buffers; 0: none may.
  std::size_t max_buffers = std::size_t{64} << 20;
  std::size_t max_buffers_total = std::size_t{1} << 30;
  /// From the connection to the end of the first handshake.
  std::chrono::milliseconds handshake_time{10'000};
  /// How long a prepared process waits for its child; and when the parent has gone meanwhile.
  std::chrono::milliseconds prefork_time{60'000};
  std::chrono::milliseconds orphan_prefork_time{10'000};
  /// How long calls may go on after the server was told to stop.
  std::chrono::milliseconds stop_time{1'000};
};

}  // namespace farcall::server
