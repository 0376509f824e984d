#include "personality/netbsd.h"

#include "personality/interface_list.h"

#include <net/if_arp.h>

#include "personality/labels.h"
#include "personality/sysctl.h"

namespace farcall::personality {

InterfaceList parse_interfaces(Bytes bytes) {
  InterfaceList list = interfaces_from(bytes);
  name_addresses(list, {});
  return list;
}

Sysret read_interfaces(InterfaceList& list) {
  std::vector<std::byte> bytes;
  const Sysret result = sysctl_read({NB_CTL_NET, NB_AF_ROUTE, 0, 0, NB_NET_RT_IFLIST, 0}, bytes);
  if (result < 0) return result;
  list = parse_interfaces(bytes);
  name_addresses(list, read_labels());
  return 0;
}

const InterfaceInfo* find_interface(const InterfaceList& list, std::string_view name) {
  for (const InterfaceInfo& interface : list) {
    if (interface.name == name) return &interface;
  }
  return nullptr;
}

const InterfaceInfo* find_interface(const InterfaceList& list, unsigned index) {
  for (const InterfaceInfo& interface : list) {
    if (interface.index == index) return &interface;
  }
  return nullptr;
}

unsigned short hardware_type(const InterfaceInfo& interface) {
  switch (interface.data.ifi_type) {
    case NB_IFT_ETHER:
      return ARPHRD_ETHER;
    case NB_IFT_LOOP:
      return ARPHRD_LOOPBACK;
    case NB_IFT_PPP:
      return ARPHRD_PPP;
    default:
      return ARPHRD_NONE;
  }
}

}  // namespace farcall::personality
