// Which of the two ways the server takes to a client's memory (client_memory.h), chosen once for
// each client: by what works, and by what costs less on this machine.
#pragma once

#include <chrono>

namespace farcall::server {

enum class MemoryWay { number, descriptor };

/// What a piece as long as a channel's area takes: longer ones go these ways.
struct MemoryWayCosts {
  std::chrono::nanoseconds number;  ///< with the look that it needs
  std::chrono::nanoseconds descriptor;
  /// A descriptor of /proc/PID/mem mostly reads and writes where the program itself may not. Some
  /// hosts are set up not to allow that (proc(5), PROC_MEM_ALWAYS_FORCE).
  bool descriptor_minds_protection;
};

/// The cheaper of those that do the same to a program; the descriptor where nothing else works.
MemoryWay choose_way(bool number_works, const MemoryWayCosts& costs);

/// Measured on memory of this process, at the first call, which takes some 200 µs. From any thread.
const MemoryWayCosts& memory_way_costs();

}  // namespace farcall::server
