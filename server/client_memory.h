// The memory of a client on the same machine, read and written without its help.
//
// There are two ways. process_vm_readv(2) needs a process number, which can come to mean another
// process, or another program in the same one (exec); a descriptor of /proc/PID/mem cannot, since
// it stands for the memory itself, but it ignores the protection of mappings. So the number is used
// where it may be, and the descriptor tells, before each write and after each read, that the memory
// is still there: not there, nothing is written, and what was read is dropped. Where the host makes
// the descriptor mind protection, the cheaper one is used.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "farcall/result.h"
#include "server/descriptor.h"

namespace farcall::server {

/// Safe from any thread. Errors are NetBSD's; EFAULT for memory that is not there, or no longer.
/// May sleep for as long as the host needs to bring a page in, so none may be called with the
/// kernel's CPU held.
class ClientMemory {
 public:
  /// `memory`: what came with a Hello. `socket`: the client's connection, a unix socket. nullptr
  /// when the descriptor is no /proc/PID/mem.
  static std::shared_ptr<const ClientMemory> open(Descriptor memory, int socket);

  Result<void> read(std::uint64_t address, std::span<std::byte> to) const;
  Result<void> write(std::uint64_t address, std::span<const std::byte> from) const;
  /// Reads up to and with the first zero; the value is how much that is. ENAMETOOLONG without one
  /// in `to`.
  Result<std::size_t> read_string(std::uint64_t address, std::span<std::byte> to) const;

  /// How it is done, and why, for the log.
  [[nodiscard]] std::string method() const;

 private:
  ClientMemory(Descriptor memory, pid_t pid) : memory_(std::move(memory)), pid_(pid) {}
  bool copy(bool out, std::uint64_t address, std::byte* local, std::size_t size) const;
  bool is_there(std::uint64_t address) const;

  const Descriptor memory_;
  const pid_t pid_;  ///< 0: use the descriptor
};

}  // namespace farcall::server
