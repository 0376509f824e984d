// NetBSD's rump kernel within this process, called directly: no server, no client.
#pragma once

#include <cstdint>

namespace farcall::netbsd_own {

/// Loads `first` ("rumpuser", for the hypercalls that came with the kernel), the kernel with its
/// networks and file systems, and starts it, once. False: RUMP_PREFIX names none, or none that
/// starts; the reason stands on standard error.
bool start_kernel(const char* first);

/// A function of the kernel's; ends the program when there is none.
void* function_of_kernel(const char* symbol);

/// What a system call came to: its result, or -1 with a NetBSD errno.
struct Outcome {
  long result;
  int error;
};

/// Calls librump's function for the call `name` ("socket30") with `arguments`.
Outcome call_by_name(const char* name, const std::uint64_t (&arguments)[6]);

inline std::uint64_t slot(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }
inline std::uint64_t slot(std::int64_t number) { return static_cast<std::uint64_t>(number); }

template <class... Arguments>
Outcome call(const char* name, Arguments... arguments) {
  const std::uint64_t slots[6] = {slot(arguments)...};
  return call_by_name(name, slots);
}

}  // namespace farcall::netbsd_own
