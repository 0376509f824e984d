// Messages to the kernel's routing socket: routes and link-layer neighbours are changed by them.
#pragma once

#include "personality/netbsd.h"

#include <cstddef>
#include <span>
#include <vector>

#include "personality/personality.h"

namespace farcall::personality {

/// One RTM_ADD or RTM_DELETE under construction. Addresses must be put in the order of their RTA_*
/// bits.
class RoutingRequest {
 public:
  RoutingRequest(int type, int flags);
  template <class Address>
  void put(int rta_bit, const Address& address) {
    append(rta_bit, &address, sizeof address);
  }
  [[nodiscard]] std::vector<std::byte> bytes() const;
  /// Opens a routing socket, writes the message and closes it. 0 or a negative Linux errno.
  [[nodiscard]] Sysret send() const;

 private:
  void append(int rta_bit, const void* address, std::size_t size);

  netbsd::rt_msghdr header_ = {};
  std::vector<std::byte> addresses_;
};

}  // namespace farcall::personality
