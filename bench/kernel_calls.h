// System calls of a kernel, for scenarios: what fails, throws.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>

#include "bench/caller.h"
#include "bench/failure.h"
#include "netbsd/constants.h"
#include "netbsd/layouts.h"
#include "netbsd/syscalls.h"

namespace farcall::bench {

using Results = std::array<long, 2>;

template <class T>
std::uint64_t as_slot(T argument) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<std::uint64_t>(argument);
  } else {
    return static_cast<std::uint64_t>(argument);
  }
}

template <class... Arguments>
Results kernel_call(Caller& caller, int number, Arguments... arguments) {
  std::array<std::uint64_t, sizeof...(Arguments)> slots{as_slot(arguments)...};
  Results results{};
  const int error = caller.call(number, slots.data(), slots.size(), results.data());
  if (error != 0) {
    throw Failure("system call " + std::to_string(number) + ": NetBSD error " +
                  std::to_string(error));
  }
  return results;
}

/// A socket bound to a port of the kernel's choice at 127.0.0.1, and its address.
struct BoundSocket {
  BoundSocket(Caller& caller, int type);
  int fd;
  netbsd::sockaddr_in address;
};

/// A connected pair: a pipe's read and write ends, or both ends of a TCP connection over lo0.
struct Ends {
  int reading;
  int writing;
};
Ends make_pipe(Caller& caller);
Ends make_tcp_connection(Caller& caller);

/// The built-in kernel has none.
bool has_files(Caller& caller);

/// Reads exactly `size` bytes.
void read_all(Caller& caller, int fd, char* to, std::size_t size);

}  // namespace farcall::bench
