// The channels of a process's threads.
#pragma once

#include <array>
#include <cstddef>

#include "channel.h"

namespace farcall::client {

/// Places for channels. They are not in the threads' own storage, since others wake all sleepers
/// when the connection is lost. Guarded by the connection's mutex.
class Channels {
 public:
  /// A free place, or nullptr when there are `limit` channels already.
  Channel* find_free(std::size_t limit) {
    for (std::size_t i = 0; i < places_.size() && i < limit; ++i) {
      if (places_[i].is_free()) return &places_[i];
    }
    return nullptr;
  }
  void wake_all() const {
    for (const Channel& channel : places_) channel.wake();
  }
  /// That which `fd` is of, or nullptr.
  Channel* find(int fd) {
    for (Channel& channel : places_) {
      if (channel.has(fd)) return &channel;
    }
    return nullptr;
  }
  /// In a child after fork, where none of the pages is mapped; used(channel): the forking thread's
  /// call waits in it.
  template <class Used>
  void forget(Used used) {
    for (Channel& channel : places_) {
      if (!channel.is_free()) channel.forget(used(channel));
    }
  }

 private:
  std::array<Channel, 256> places_;
};

}  // namespace farcall::client
