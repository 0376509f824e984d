#include "personality/routing_request.h"

#include "personality/netbsd.h"

#include <cstring>

#include "personality/call.h"

namespace farcall::personality {

RoutingRequest::RoutingRequest(int type, int flags) {
  header_.rtm_version = NB_RTM_VERSION;
  header_.rtm_type = static_cast<unsigned char>(type);
  header_.rtm_flags = flags;
  header_.rtm_seq = 1;
}

void RoutingRequest::append(int rta_bit, const void* address, std::size_t size) {
  const std::size_t start = addresses_.size();
  addresses_.resize(start + ((size + 7) & ~std::size_t{7}));
  std::memcpy(&addresses_[start], address, size);
  header_.rtm_addrs |= rta_bit;
}

std::vector<std::byte> RoutingRequest::bytes() const {
  std::vector<std::byte> message(sizeof header_ + addresses_.size());
  netbsd::rt_msghdr header = header_;
  header.rtm_msglen = static_cast<unsigned short>(message.size());
  std::memcpy(message.data(), &header, sizeof header);
  if (!addresses_.empty())
    std::memcpy(&message[sizeof header], addresses_.data(), addresses_.size());
  return message;
}

Sysret RoutingRequest::send() const {
  const Sysret kfd = call(NB_SYS_socket30, NB_AF_ROUTE, NB_SOCK_RAW, 0);
  if (kfd < 0) return kfd;
  const std::vector<std::byte> message = bytes();
  const Sysret written = call(NB_SYS_write, kfd, message.data(), message.size());
  call(NB_SYS_close, kfd);
  return written < 0 ? written : 0;
}

}  // namespace farcall::personality
