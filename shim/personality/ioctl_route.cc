#include "personality/netbsd.h"

#include "personality/ioctl_route.h"

#include <net/route.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "personality/interface_list.h"
#include "personality/ioctl_in6.h"
#include "personality/routing_request.h"

namespace farcall::personality {
namespace {

netbsd::sockaddr_in inet(const sockaddr& from) {
  netbsd::sockaddr_in in = {};
  in.sin_len = sizeof in;
  in.sin_family = NB_AF_INET;
  constexpr std::size_t kAddress = offsetof(sockaddr_in, sin_addr) - offsetof(sockaddr, sa_data);
  std::memcpy(&in.sin_addr, from.sa_data + kAddress, sizeof in.sin_addr);
  return in;
}

netbsd::sockaddr_in6 inet6(const void* address) {
  netbsd::sockaddr_in6 in6 = {};
  in6.sin6_len = sizeof in6;
  in6.sin6_family = NB_AF_INET6;
  std::memcpy(&in6.sin6_addr, address, sizeof in6.sin6_addr);
  return in6;
}

/// A gateway of family AF_LINK: the interface itself.
netbsd::sockaddr_dl link(unsigned index) {
  netbsd::sockaddr_dl sdl = {};
  sdl.sdl_len = sizeof sdl;
  sdl.sdl_family = NB_AF_LINK;
  sdl.sdl_index = static_cast<unsigned short>(index);
  return sdl;
}

int message_type(unsigned long command) {
  return command == SIOCADDRT ? NB_RTM_ADD : NB_RTM_DELETE;
}

int flags_of(unsigned linux_flags) {
  int flags = NB_RTF_UP | NB_RTF_STATIC;
  if ((linux_flags & RTF_GATEWAY) != 0) flags |= NB_RTF_GATEWAY;
  if ((linux_flags & RTF_HOST) != 0) flags |= NB_RTF_HOST;
  if ((linux_flags & RTF_REJECT) != 0) flags |= NB_RTF_REJECT;
  return flags;
}

/// The index of the interface that a route names, 0 for none. -ENODEV for an unknown one.
Sysret index_of(const char* device) {
  if (device == nullptr) return 0;
  InterfaceList list;
  if (const Sysret result = read_interfaces(list); result < 0) return result;
  const InterfaceInfo* interface = find_interface(list, std::string_view(device));
  return interface == nullptr ? -ENODEV : static_cast<Sysret>(interface->index);
}

Sysret change_ipv4(unsigned long command, const rtentry& entry) {
  if (entry.rt_dst.sa_family != AF_INET) return -EAFNOSUPPORT;
  RoutingRequest request(message_type(command), flags_of(entry.rt_flags));
  request.put(NB_RTA_DST, inet(entry.rt_dst));
  if ((entry.rt_flags & RTF_GATEWAY) != 0) {
    if (entry.rt_gateway.sa_family != AF_INET) return -EINVAL;
    request.put(NB_RTA_GATEWAY, inet(entry.rt_gateway));
  } else if (command == SIOCADDRT) {
    const Sysret index = index_of(entry.rt_dev);
    if (index <= 0) return index == 0 ? -EINVAL : index;
    request.put(NB_RTA_GATEWAY, link(static_cast<unsigned>(index)));
  }
  if ((entry.rt_flags & RTF_HOST) == 0) request.put(NB_RTA_NETMASK, inet(entry.rt_genmask));
  return request.send();
}

Sysret change_ipv6(unsigned long command, const in6_rtmsg& entry) {
  if (entry.rtmsg_dst_len > 128) return -EINVAL;
  const bool host = entry.rtmsg_dst_len == 128;
  const bool gateway = (entry.rtmsg_flags & RTF_GATEWAY) != 0;
  int flags = flags_of(entry.rtmsg_flags & ~unsigned{RTF_HOST});
  if (host) flags |= NB_RTF_HOST;
  RoutingRequest request(message_type(command), flags);
  request.put(NB_RTA_DST, inet6(&entry.rtmsg_dst));
  if (gateway) {
    request.put(NB_RTA_GATEWAY, inet6(&entry.rtmsg_gateway));
  } else if (command == SIOCADDRT) {
    if (entry.rtmsg_ifindex <= 0) return -ENODEV;
    request.put(NB_RTA_GATEWAY, link(static_cast<unsigned>(entry.rtmsg_ifindex)));
  }
  if (!host) request.put(NB_RTA_NETMASK, inet6(ip6_mask(entry.rtmsg_dst_len).bytes.data()));
  return request.send();
}

}  // namespace

Sysret route_ioctl(int family, unsigned long command, const void* argument) {
  if (argument == nullptr) return -EFAULT;
  if (family == AF_INET6) {
    in6_rtmsg entry;
    std::memcpy(&entry, argument, sizeof entry);
    return change_ipv6(command, entry);
  }
  rtentry entry;
  std::memcpy(&entry, argument, sizeof entry);
  return change_ipv4(command, entry);
}

}  // namespace farcall::personality
