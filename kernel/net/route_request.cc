#include "kernel/net/route_request.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "kernel/core/proc.h"
#include "kernel/net/address.h"

namespace farcall::kernel {

namespace {

struct Target {
  ip_addr_t destination;
  int prefix;
  std::optional<ip_addr_t> gateway;
};

/// The sockaddrs of a message, by RTAX_*. Lengths are the writer's and were not believed.
struct Addresses {
  SocketAddress at[NB_RTAX_MAX];
};

Result<Addresses> split(const RouteBytes& message, int present) {
  Addresses addresses;
  std::size_t offset = sizeof(netbsd::rt_msghdr);
  for (int i = 0; i < NB_RTAX_MAX; ++i) {
    if ((present & 1 << i) == 0) continue;
    if (offset >= message.size()) return Error{NB_EINVAL};
    const auto length = static_cast<std::size_t>(message[offset]);
    const std::size_t step = route_roundup(length);
    if (length > message.size() - offset) return Error{NB_EINVAL};
    addresses.at[i].size = length;
    std::memcpy(addresses.at[i].data, message.data() + offset, length);
    offset += std::min(step, message.size() - offset);
  }
  return addresses;
}

Result<ip_addr_t> ip_of(const SocketAddress& address) {
  if (address.family() != NB_AF_INET && address.family() != NB_AF_INET6) {
    return Error{NB_EAFNOSUPPORT};
  }
  FARCALL_ASSIGN(const Endpoint endpoint, endpoint_from(address, address.family()));
  return endpoint.address;
}

/// Masks come with any length and family; what is not there is zero.
Result<int> prefix_of(const SocketAddress& mask, bool v4) {
  if (!v4) {
    netbsd::sockaddr_in6 in = {};
    std::memcpy(&in, mask.data, std::min(mask.size, sizeof in));
    return ipv6_prefix(&in.sin6_addr);
  }
  netbsd::sockaddr_in in = {};
  std::memcpy(&in, mask.data, std::min(mask.size, sizeof in));
  const ip4_addr_t bits = {in.sin_addr.s_addr};
  const int prefix = ipv4_prefix(bits);
  if (ipv4_mask(prefix).addr != bits.addr) return Error{NB_EINVAL};
  return prefix;
}

Result<Target> target_of(const RouteBytes& message, const netbsd::rt_msghdr& header) {
  FARCALL_ASSIGN(const Addresses addresses, split(message, header.rtm_addrs));
  if ((header.rtm_addrs & NB_RTA_DST) == 0) return Error{NB_EINVAL};
  Target target = {};
  FARCALL_ASSIGN(target.destination, ip_of(addresses.at[NB_RTAX_DST]));
  const bool v4 = is_v4(target.destination);
  target.prefix = v4 ? 32 : 128;
  const bool host = (header.rtm_flags & NB_RTF_HOST) != 0;
  if (!host && (header.rtm_addrs & NB_RTA_NETMASK) != 0) {
    FARCALL_ASSIGN(target.prefix, prefix_of(addresses.at[NB_RTAX_NETMASK], v4));
  }
  if ((header.rtm_addrs & NB_RTA_GATEWAY) != 0) {
    if (auto gateway = ip_of(addresses.at[NB_RTAX_GATEWAY])) target.gateway = *gateway;
  }
  return target;
}

Result<void> change(const netbsd::rt_msghdr& header, const Target& target) {
  if (!current_process().credentials.superuser()) return Error{NB_EPERM};
  if (header.rtm_type == NB_RTM_DELETE) return route_remove(target.destination, target.prefix);
  if (!target.gateway)
    return Error{NB_EOPNOTSUPP};  // routes to an interface come from its addresses
  if (is_v4(*target.gateway) != is_v4(target.destination)) return Error{NB_EAFNOSUPPORT};
  return header.rtm_type == NB_RTM_ADD
             ? route_add(target.destination, target.prefix, *target.gateway)
             : route_change(target.destination, target.prefix, *target.gateway);
}

}  // namespace

Result<RouteBytes> route_request(const RouteBytes& message) {
  netbsd::rt_msghdr header;
  if (message.size() < sizeof header) return Error{NB_EINVAL};
  std::memcpy(&header, message.data(), sizeof header);
  if (header.rtm_msglen != message.size()) return Error{NB_EINVAL};
  if (header.rtm_version != NB_RTM_VERSION) return Error{NB_EPROTONOSUPPORT};
  const bool get = header.rtm_type == NB_RTM_GET;
  const bool changes = header.rtm_type == NB_RTM_ADD || header.rtm_type == NB_RTM_DELETE ||
                       header.rtm_type == NB_RTM_CHANGE;
  if (!get && !changes) return Error{NB_EOPNOTSUPP};
  FARCALL_ASSIGN(const Target target, target_of(message, header));
  RouteBytes answer = message;
  if (changes) {
    FARCALL_TRY(change(header, target));
  } else {
    const Route route = route_lookup(target.destination);
    if (route.interface == nullptr) return Error{NB_ESRCH};
    answer.clear();
    append_route(answer, NB_RTM_GET, route);
  }
  netbsd::rt_msghdr done;
  std::memcpy(&done, answer.data(), sizeof done);
  done.rtm_flags |= NB_RTF_DONE;
  done.rtm_pid = current_process().pid;
  done.rtm_seq = header.rtm_seq;
  std::memcpy(answer.data(), &done, sizeof done);
  return answer;
}

}  // namespace farcall::kernel
