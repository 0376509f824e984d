// The program's memory, as a kernel in its own process reaches it.
//
// Each page is looked at by a system call of the host's that reads or writes a few bytes of it, and
// copied plainly then: an address that is not the program's own is EFAULT, as in any kernel. A page
// that another thread takes away between the two ends the program.
#pragma once

#include <cstddef>

#include "farcall/hypercall.h"

namespace farcall::client::local {

/// For farcall_hypercall_set_sysproxy. All that it says of "the client" is this process. Its
/// functions are called with signals blocked, and take no lock.
extern const farcall_sysproxy_ops memory_operations;

/// Memory of this library's, which its calls may name in this thread for as long as the object
/// lives: it is known to be good and not looked at. One at a time.
class OwnMemory {
 public:
  OwnMemory(const void* start, std::size_t size);
  ~OwnMemory();
  OwnMemory(const OwnMemory&) = delete;
  OwnMemory& operator=(const OwnMemory&) = delete;
};

}  // namespace farcall::client::local
