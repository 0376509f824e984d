// System calls that the server makes itself, as the process that configures the kernel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "netbsd/syscalls.h"
#include "server/kernel_symbol.h"

namespace farcall::server {

class KernelCalls {
 public:
  /// `kernel`: a handle of dlopen. False: the kernel has no such entry.
  bool load(void* kernel) { return take(kernel, "rump_syscall", syscall_); }

  struct Outcome {
    int error;  ///< a NetBSD errno
    long value;
  };
  Outcome operator()(int number, std::initializer_list<std::uint64_t> arguments) const {
    std::array<std::uint64_t, 8> slots = {};
    std::array<long, 2> results = {};
    std::size_t count = 0;
    for (const auto argument : arguments) slots[count++] = argument;
    const int error = syscall_(number, slots.data(), count * sizeof(std::uint64_t), results.data());
    return {error, results[0]};
  }

  static std::uint64_t pointer(const void* object) {
    return reinterpret_cast<std::uintptr_t>(object);
  }

 private:
  int (*syscall_)(int, void*, std::size_t, long*) = nullptr;
};

}  // namespace farcall::server
