// How a thread whose call takes long sleeps while others read the connection: until its call is
// over, or until something comes that nobody reads.
//
// The second is what the gate tells. To sleep for both in poll or epoll_wait would not do: the host
// never restarts these after a handler, as SA_RESTART wants it. It restarts a read of an eventfd,
// the bell, which is rung by whoever ends the call, and by the host when the gate is readable: that
// is what aio(7)'s poll is for.
#pragma once

#include <cstdint>

namespace farcall::client {

/// Guarded by the connection's mutex. No function sleeps.
class Watch {
 public:
  /// The bell, which rings when the descriptor `gate` is readable; the same one each time. -errno:
  /// the host has none for us.
  int arm(int gate);
  void ring() const;

  [[nodiscard]] bool has(int fd) const { return fd >= 0 && fd == bell_; }
  void moved(int bell) { bell_ = bell; }
  /// In a child after fork, when the descriptors are closed; `awaited`: its thread is in a read of
  /// the bell, which the host may begin again, and must end.
  void forget(bool awaited);

 private:
  int ensure();

  int bell_ = -1;
  std::uint64_t aio_ = 0;  ///< its context
  bool armed_ = false;     ///< a poll was begun, and its end has not been taken
  bool refused_ = false;   ///< the host has no such polls
};

}  // namespace farcall::client
