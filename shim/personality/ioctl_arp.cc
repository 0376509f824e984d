// SIOCGARP, SIOCSARP and SIOCDARP.
#include "personality/netbsd.h"

#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "personality/interface_list.h"
#include "personality/ioctl_route.h"
#include "personality/route_list.h"
#include "personality/routing_request.h"

namespace farcall::personality {
namespace {

constexpr std::size_t kHardware = 6;

std::uint32_t address_of(const arpreq& request) {
  sockaddr_in in;
  std::memcpy(&in, &request.arp_pa, sizeof in);
  return in.sin_addr.s_addr;
}

/// The interface whose network the address is in, or the one that the request names.
const InterfaceInfo* find_owner(const InterfaceList& list, const arpreq& request) {
  const std::string_view device(request.arp_dev, strnlen(request.arp_dev, sizeof request.arp_dev));
  if (!device.empty()) return find_interface(list, device);
  for (const InterfaceInfo& one : list) {
    for (const Ip4Address& entry : one.ipv4) {
      if (((entry.address ^ address_of(request)) & entry.mask) == 0) return &one;
    }
  }
  return nullptr;
}

Sysret get(arpreq& request) {
  std::vector<NeighbourInfo> neighbours;
  if (const Sysret result = read_neighbours(neighbours); result < 0) return result;
  const auto entry =
      std::find_if(neighbours.begin(), neighbours.end(),
                   [&](const NeighbourInfo& one) { return one.address == address_of(request); });
  if (entry == neighbours.end()) return -ENXIO;
  request.arp_ha = {};
  request.arp_ha.sa_family = ARPHRD_ETHER;
  std::memcpy(request.arp_ha.sa_data, entry->hardware.data(), entry->hardware_size);
  request.arp_flags = entry->hardware_size == 0 ? 0 : ATF_COM;
  if (entry->is_static) request.arp_flags |= ATF_PERM;
  return 0;
}

netbsd::sockaddr_dl link_address(const InterfaceInfo& interface, const arpreq& request) {
  netbsd::sockaddr_dl sdl = {};
  sdl.sdl_len = sizeof sdl;
  sdl.sdl_family = NB_AF_LINK;
  sdl.sdl_index = static_cast<unsigned short>(interface.index);
  sdl.sdl_addr.dl_type = interface.data.ifi_type;
  sdl.sdl_addr.dl_alen = kHardware;
  std::memcpy(sdl.sdl_addr.dl_data, request.arp_ha.sa_data, kHardware);
  return sdl;
}

Sysret change(unsigned long command, const arpreq& request) {
  InterfaceList list;
  if (const Sysret result = read_interfaces(list); result < 0) return result;
  const InterfaceInfo* owner = find_owner(list, request);
  if (owner == nullptr) return -ENETUNREACH;
  netbsd::sockaddr_in address = {};
  address.sin_len = sizeof address;
  address.sin_family = NB_AF_INET;
  address.sin_addr.s_addr = address_of(request);
  const bool add = command == SIOCSARP;
  const int flags = NB_RTF_UP | NB_RTF_HOST | NB_RTF_LLDATA |
                    ((request.arp_flags & ATF_PERM) != 0 ? NB_RTF_STATIC : 0);
  RoutingRequest message(add ? NB_RTM_ADD : NB_RTM_DELETE, flags);
  message.put(NB_RTA_DST, address);
  message.put(NB_RTA_GATEWAY, link_address(*owner, request));
  const Sysret result = message.send();
  return !add && result == -ESRCH ? -ENXIO : result;
}

}  // namespace

Sysret arp_ioctl(unsigned long command, void* argument) {
  if (argument == nullptr) return -EFAULT;
  auto& request = *static_cast<arpreq*>(argument);
  if (request.arp_pa.sa_family != AF_INET) return -EPFNOSUPPORT;
  return command == SIOCGARP ? get(request) : change(command, request);
}

}  // namespace farcall::personality
