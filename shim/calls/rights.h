// Kernel descriptors in messages of the host's local sockets (SCM_RIGHTS). On the way a connection
// of its own to the server stands for each (farcall_pack in farcall/client.h), and who receives it
// gets a placeholder in its place.
#pragma once

#include <sys/socket.h>

#include <cstddef>

#include "shim/host/small_array.h"

namespace farcall::shim::calls {

/// A message that the program sends over a socket of the host's.
class OutgoingMessage {
 public:
  /// `program` may be a bad address: then the host is left to say so.
  OutgoingMessage(int socket, const msghdr* program);
  ~OutgoingMessage();
  OutgoingMessage(const OutgoingMessage&) = delete;
  OutgoingMessage& operator=(const OutgoingMessage&) = delete;

  /// Packs the kernel descriptors in it. 0, or -errno: it cannot be sent.
  long pack();
  /// What to give to the host. Valid for as long as this.
  [[nodiscard]] const msghdr* for_host() const {
    return packed_.size() == 0 ? program_ : &message_;
  }

 private:
  static constexpr std::size_t kMostControl = 65536;
  static constexpr std::size_t kMostDescriptors = 253;  // SCM_MAX_FD

  bool load();
  long pack_one(std::byte* where);

  int socket_;
  const msghdr* program_;
  msghdr message_{};
  SmallArray<std::byte, 256> control_;
  SmallArray<int, kMostDescriptors> packed_{kMostDescriptors};
};

/// Whether a message of the program's may name descriptors of the kernel's, at a glance.
bool may_name_kernel(const msghdr* program);

/// Takes in what came with a message that the host has filled in: packed descriptors become the
/// kernel's, under the numbers that they came with. What cannot be taken in is closed with all that
/// follows it, and MSG_CTRUNC says so. `flags`: as recvmsg had them.
void take_in(msghdr& message, int flags);

}  // namespace farcall::shim::calls
