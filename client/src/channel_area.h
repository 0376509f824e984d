// The data area of a channel: what a call reads goes through it with the request, what it writes
// comes back with the answer.
//
// The program's memory may be bad, and nothing here may fault. So the host's kernel moves the data,
// between that memory and the file behind the area (pwritev, preadv): a bad address is an error
// there, and no rights are needed. Of the ways that cannot fault it is also the fastest. Two things
// may stand against it: a limit on the size of files, which the program may set at any time and
// which would bring it SIGXFSZ, so that it is asked for before each write; and a sandbox.
//
// THE DESCRIPTOR. The program may want its number (dup2), perhaps in another thread while this one
// uses it. `in_use_` keeps it in place meanwhile.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "call_data.h"
#include "farcall/channel.h"

namespace farcall::client {

/// Of the channel's thread, but for move_away.
class ChannelArea {
 public:
  /// `memory`: the channel's file, which the area owns from now on.
  void open(channel::Page* page, int memory);
  void close();
  /// In a child after fork, where its descriptor is closed.
  void forget() { memory_ = -1; }

  /// Brings over what the call reads, and writes the page's list of it; the number of extents.
  std::uint8_t bring(const SystemCall& call);
  /// Takes the output of the call that was just answered to the program. False: some of that
  /// memory is bad.
  bool take(std::uint32_t extents);

  [[nodiscard]] int descriptor() const { return memory_.load(std::memory_order_relaxed); }
  /// Gives the number up for another one, `moved`, which is the same file. False: it is in use.
  bool move_away(int moved);

 private:
  class Use;
  class AreaPeeker;
  bool peek(std::uint64_t address, void* into, std::size_t size);
  long write(const iovec* pieces, std::size_t count);

  channel::Page* page_ = nullptr;
  std::atomic<int> memory_{-1};
  std::atomic<std::uint32_t> in_use_{0};
  std::size_t input_bytes_ = 0;
};

}  // namespace farcall::client
