#include "personality/netbsd.h"

#include "personality/ioctl_in6.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "personality/call.h"

namespace farcall::personality {
namespace {

/// Linux's, under a name of its own: <linux/ipv6.h> cannot be had together with <netinet/in.h>.
struct LinuxIn6Ifreq {
  std::array<std::uint8_t, 16> address;
  std::uint32_t prefix;
  int index;
};
static_assert(sizeof(LinuxIn6Ifreq) == 24);

bool is_link_local(const std::array<std::uint8_t, 16>& address) {
  return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

template <class Field>
void put_address(Field& field, const std::array<std::uint8_t, 16>& address, unsigned scope) {
  static_assert(sizeof field >= sizeof(netbsd::sockaddr_in6));
  netbsd::sockaddr_in6 in6 = {};
  in6.sin6_len = sizeof in6;
  in6.sin6_family = NB_AF_INET6;
  std::memcpy(&in6.sin6_addr, address.data(), address.size());
  in6.sin6_scope_id = scope;
  std::memcpy(&field, &in6, sizeof in6);
}

template <class Request>
Request named_request(const InterfaceInfo& interface) {
  Request request = {};
  std::memcpy(&request, interface.name.data(),
              std::min<std::size_t>(interface.name.size(), NB_IFNAMSIZ - 1));
  return request;
}

Sysret add(int kfd, const InterfaceInfo& interface, const LinuxIn6Ifreq& wanted) {
  auto request = named_request<netbsd::in6_aliasreq>(interface);
  const unsigned scope = is_link_local(wanted.address) ? interface.index : 0;
  put_address(request.ifra_addr, wanted.address, scope);
  put_address(request.ifra_prefixmask, ip6_mask(static_cast<int>(wanted.prefix)).bytes, 0);
  request.ifra_lifetime.ia6t_vltime = NB_ND6_INFINITE_LIFETIME;
  request.ifra_lifetime.ia6t_pltime = NB_ND6_INFINITE_LIFETIME;
  return call(NB_SYS_ioctl, kfd, NB_SIOCAIFADDR_IN6, &request);
}

Sysret remove(int kfd, const InterfaceInfo& interface, const LinuxIn6Ifreq& wanted) {
  auto request = named_request<netbsd::in6_ifreq>(interface);
  put_address(request.ifr_ifru, wanted.address,
              is_link_local(wanted.address) ? interface.index : 0);
  return call(NB_SYS_ioctl, kfd, NB_SIOCDIFADDR_IN6, &request);
}

}  // namespace

Ip6 ip6_mask(int prefix) {
  Ip6 mask;
  for (std::size_t i = 0; i < mask.bytes.size(); ++i) {
    const int bits = std::clamp(prefix - 8 * static_cast<int>(i), 0, 8);
    mask.bytes[i] = static_cast<std::uint8_t>(0xff00 >> bits);
  }
  return mask;
}

Sysret change_ip6_address(int kfd, const InterfaceList& list, unsigned long command,
                          const void* argument) {
  LinuxIn6Ifreq wanted;
  std::memcpy(&wanted, argument, sizeof wanted);
  if (wanted.prefix > 128) return -EINVAL;
  const InterfaceInfo* interface = find_interface(list, static_cast<unsigned>(wanted.index));
  if (interface == nullptr) return -ENODEV;
  const bool present =
      std::any_of(interface->ipv6.begin(), interface->ipv6.end(),
                  [&](const Ip6Address& entry) { return entry.address.bytes == wanted.address; });
  if (command == SIOCSIFADDR) return present ? -EEXIST : add(kfd, *interface, wanted);
  return present ? remove(kfd, *interface, wanted) : -EADDRNOTAVAIL;
}

}  // namespace farcall::personality
