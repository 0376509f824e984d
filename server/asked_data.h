// What crosses with a call of plain sysproxy, whose client sends and takes memory only as it is
// asked to, a frame for each copy of the kernel's.
//
// A kernel that copies a long buffer in short pieces would wait for the client at each of them. So
// more is asked for than the kernel wants now, where the table of system calls says that the call
// will read it; and what it writes is kept and goes out in one piece with the answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "server/budget.h"
#include "server/call_data.h"
#include "server/data_memory.h"

namespace farcall::server {

struct Request;

/// For one call at a time, in the thread that executes it.
class AskedData final : private OutputSpace {
 public:
  AskedData(Budget& own, Budget& all) : input_(own, all), output_(own, all) {}

  /// Begins the execution of `request`, until end().
  CallData& begin(const Request& request);
  /// Gives the memory back.
  void end();

  /// The kernel wants `size` bytes at `address`, and they have not come: memory for them and what
  /// is behind them, at most `most` bytes; empty when it should ask for just what it wants.
  [[nodiscard]] std::span<std::byte> room(std::uint64_t address, std::size_t size,
                                          std::size_t most);
  /// All of it has been read, or, with `size` 0, has not; then nothing is read ahead any more.
  /// False: there is nothing for the kernel.
  bool came(std::uint64_t address, std::size_t size);

 private:
  std::span<std::byte> grow(std::size_t used, std::size_t size) override;

  CallData data_;
  DataMemory input_;
  DataMemory output_;
  bool refused_ = false;
};

}  // namespace farcall::server
