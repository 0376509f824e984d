// Memory for what crosses with a call.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "server/budget.h"

namespace farcall::server {

/// Memory for data, of a client's budget and of that of all clients.
class DataMemory {
 public:
  DataMemory(Budget& own, Budget& all) : own_(own), all_(all) {}
  ~DataMemory() { release(); }
  DataMemory(const DataMemory&) = delete;
  DataMemory& operator=(const DataMemory&) = delete;

  /// Makes it `size` bytes, the first `used` of which stay. False: a budget has no more.
  [[nodiscard]] bool resize(std::size_t size, std::size_t used);
  /// Gives it back.
  void release();
  [[nodiscard]] std::span<std::byte> bytes() const { return {bytes_.get(), size_}; }

 private:
  Budget& own_;
  Budget& all_;
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace farcall::server
