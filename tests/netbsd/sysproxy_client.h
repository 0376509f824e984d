// What the scenarios of sysproxy_client share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "netbsd/syscalls.h"

namespace farcall::sysproxy_client {

struct Scenario {
  const char* name;
  void (*run)(char** argv);  ///< ends the program when something is not as it should be
};
std::span<const Scenario> scenarios();

/// Ends the program, saying what is not true.
void require(bool holds, const char* what);

struct Outcome {
  int error;  ///< NetBSD's errno
  long result[2];
};
Outcome call_slots(int number, const std::uint64_t* slots, std::size_t count);

inline std::uint64_t slot(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }
inline std::uint64_t slot(std::int64_t number) { return static_cast<std::uint64_t>(number); }
inline std::uint64_t slot(std::uint64_t number) { return number; }
inline std::uint64_t slot(int number) { return static_cast<std::uint64_t>(number); }

/// A system call of the server's kernel.
template <class... Arguments>
Outcome call(int number, Arguments... arguments) {
  const std::uint64_t slots[sizeof...(arguments) + 1] = {slot(arguments)...};
  return call_slots(number, slots, sizeof...(arguments));
}

void write_all(int fd, const std::vector<char>& data);
std::vector<char> read_exactly(int fd, std::size_t size);

struct Pipe {
  int read_end;
  int write_end;
};
Pipe make_pipe();
/// getpid
long process_number();

}  // namespace farcall::sysproxy_client
