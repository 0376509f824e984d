// How threads in the host's poll(2) learn of their asynchronous calls.
//
// Such a call has an epoll descriptor of its own, with two members: the gate, and an eventfd that
// is always readable. The gate is one more epoll descriptor, whose only member is the connection's
// socket. It is open (watches the socket) while nobody holds the baton: then any data wakes the
// pollers, and whoever comes first reads it. While a thread reads, the gate is closed, so its
// traffic wakes no one else; when it delivers a call's answer, it switches the call's second member
// on. A slot that has a channel has that one's eventfd for a third member, which tells of answers
// in the channel. Descriptors are made when first needed and stay with the call's slot.
#pragma once

#include "call.h"

namespace farcall::client {

/// Guarded by the connection's mutex. No function sleeps; those that return int return 0 or a
/// descriptor, or -errno.
class Gate {
 public:
  /// The descriptor to poll for `call`; signalled at once when the call is done.
  int descriptor(Call& call, int socket);
  /// Another asynchronous call is in flight, or one less; `reading`: a thread holds the baton.
  void add_watcher(bool reading);
  void remove_watcher() { --watchers_; }
  /// What is readable while the gate is open and something has come, for Watch. -errno.
  int watched(int socket);
  /// The baton was taken or let go.
  void follow(bool reading) {
    if (watchers_ != 0 && reading == open_) set_open(!reading);
  }
  /// Makes the call's descriptor readable, or quiet for its slot's next user.
  void signal(Call& call);
  void quiet(Call& call);

  /// The connection has another socket now.
  void change_socket(int socket);
  /// In a child after fork, when the descriptors are closed.
  void forget();

  [[nodiscard]] bool has(int fd) const { return fd >= 0 && (fd == gate_ || fd == always_); }
  /// Moves its descriptor `fd`, or its members when the socket moves. 0 or -errno.
  int move_away(int fd, CallPool& calls);
  void move_socket(int socket);

 private:
  int ensure(int socket);
  void set_open(bool open);

  int gate_ = -1;
  int always_ = -1;
  int socket_ = -1;
  bool open_ = false;
  unsigned watchers_ = 0;
};

}  // namespace farcall::client
