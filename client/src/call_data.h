// What a system call will read of the program's memory, found out beforehand by the table of system
// calls, so that it can go with the request.
//
// It is a guess that nothing depends on: what is not found, or is not there, the kernel asks for.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "farcall/call_data.h"

namespace farcall::client {

/// A system call: up to eight argument slots.
struct SystemCall {
  int number;
  const void* arguments;
  std::size_t size;  ///< of the arguments, in bytes
};

/// True when data may cross with system call `number`, in either direction.
bool data_crosses_with(std::uint32_t number);

/// Reads the program's memory, at addresses that may be bad.
class Peeker {
 public:
  /// False when any of it cannot be read.
  virtual bool peek(std::uint64_t address, void* into, std::size_t size) = 0;

 protected:
  ~Peeker() = default;
};

class CallInput {
 public:
  /// What `call` reads, at most `limit` bytes. What would go beyond is left out, or with `cut`
  /// carried in part.
  void collect(const SystemCall& call, std::size_t limit, bool cut, Peeker& peeker);
  /// Forgets what lies behind the first `bytes`.
  void keep(std::size_t bytes);

  [[nodiscard]] std::span<const DataExtent> extents() const {
    return std::span(extents_).first(count_);
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Reading;

  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
  std::array<DataExtent, kMaxExtents> extents_;
};

/// The memory that extents stand for.
std::size_t to_iovecs(std::span<const DataExtent> extents, iovec* into);

}  // namespace farcall::client
