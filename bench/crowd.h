// Many clients at once, each a connection that has done its handshake.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace farcall::bench {

class Crowd {
 public:
  /// Connects `count` clients to a server at unix://PATH, one after the other.
  Crowd(const std::string& url, std::size_t count);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// A null call of each client in turn.
  void call_once_each();

 private:
  std::vector<int> sockets_;
};

}  // namespace farcall::bench
