// The program's memory, at addresses that the kernel was given by the program and that may be bad.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "call_data.h"

namespace farcall::client {

/// Copies through process_vm_readv and process_vm_writev on this very process, so that a bad
/// address is an error and not a SIGSEGV. Where a sandbox forbids these calls, plain copies are
/// made. Any thread; no locks.
class ProgramMemory final : public Peeker {
 public:
  /// To be called before the first use, and in a child after fork.
  void use_this_process();

  /// Copies `size` bytes from `address`. False when any of them cannot be read.
  bool read(std::uint64_t address, void* into, std::size_t size);
  bool peek(std::uint64_t address, void* into, std::size_t size) override {
    return read(address, into, size);
  }
  /// Copies `size` bytes to `address`. False when any of them cannot be written.
  bool write(std::uint64_t address, const void* from, std::size_t size);
  /// Copies a string with its NUL, or its first `size` bytes when it is longer. Returns the bytes
  /// copied, or -1 for a bad address before its end.
  ssize_t read_string(std::uint64_t address, char* into, std::size_t size);

 private:
  pid_t pid_ = 0;
  bool forbidden_ = false;  ///< only ever becomes true; a race on it costs one failed call
};

}  // namespace farcall::client
