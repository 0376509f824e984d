// The requests that change interfaces and their IPv4 addresses.
#include "personality/netbsd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "personality/call.h"
#include "personality/flags.h"
#include "personality/ioctl_in6.h"
#include "personality/ioctl_interface.h"
#include "personality/labels.h"

namespace farcall::personality {
namespace {

template <class Request>
Request named_request(const InterfaceInfo& interface) {
  Request request = {};
  std::memcpy(&request, interface.name.data(),
              std::min<std::size_t>(interface.name.size(), NB_IFNAMSIZ - 1));
  return request;
}

/// Puts an IPv4 address into a field of sockaddr size. A missing one stays empty.
template <class Field>
void put_address(Field& field, std::uint32_t address) {
  static_assert(sizeof field >= sizeof(netbsd::sockaddr_in));
  netbsd::sockaddr_in in = {};
  in.sin_len = sizeof in;
  in.sin_family = NB_AF_INET;
  in.sin_addr.s_addr = address;
  std::memcpy(&field, &in, sizeof in);
}

std::uint32_t address_in(const ifreq& request) {
  sockaddr_in in;
  std::memcpy(&in, &request.ifr_addr, sizeof in);
  return in.sin_addr.s_addr;
}

bool is_inet(const ifreq& request) { return request.ifr_addr.sa_family == AF_INET; }

/// The mask that an address had before masks were told apart from it; Linux still starts from it.
std::uint32_t class_mask(std::uint32_t address) {
  const unsigned top = ntohl(address) >> 24;
  const unsigned bits = top < 128 ? 8 : top < 192 ? 16 : 24;
  return htonl(~0U << (32 - bits));
}

Sysret add_address(int kfd, const InterfaceInfo& interface, const Ip4Address& address) {
  auto request = named_request<netbsd::ifaliasreq>(interface);
  put_address(request.ifra_addr, address.address);
  put_address(request.ifra_mask, address.mask);
  const bool broadcasts = (interface.flags & (NB_IFF_BROADCAST | NB_IFF_POINTOPOINT)) != 0;
  if (broadcasts) put_address(request.ifra_dstaddr, address.broadcast);
  return call(NB_SYS_ioctl, kfd, NB_SIOCAIFADDR, &request);
}

Sysret remove_address(int kfd, const InterfaceInfo& interface, const Ip4Address& address) {
  auto request = named_request<netbsd::ifreq>(interface);
  put_address(request.ifr_ifru, address.address);
  const Sysret result = call(NB_SYS_ioctl, kfd, NB_SIOCDIFADDR, &request);
  if (result == 0) forget_label(address.address);
  return result;
}

Sysret set_flags(int kfd, const Named& named, const ifreq& linux_request) {
  const auto wanted = static_cast<unsigned short>(linux_request.ifr_flags);
  if (named.alias) {
    // Taking the label of a further address down removes the address.
    if (named.address == nullptr) return -EADDRNOTAVAIL;
    return (wanted & IFF_UP) != 0 ? 0 : remove_address(kfd, *named.interface, *named.address);
  }
  const auto flags = interface_flags_to_netbsd(wanted, named.interface->flags);
  if (!flags) return -flags.code();
  auto request = named_request<netbsd::ifreq>(*named.interface);
  request.ifr_ifru.ifru_flags = static_cast<short>(*flags);
  return call(NB_SYS_ioctl, kfd, NB_SIOCSIFFLAGS, &request);
}

std::string_view label_of(const ifreq& request) {
  return {request.ifr_name, strnlen(request.ifr_name, IFNAMSIZ)};
}

/// The address under a label is replaced, with the mask of its class until SIOCSIFNETMASK comes;
/// 0.0.0.0 removes it.
Sysret set_address(int kfd, const Named& named, const ifreq& linux_request) {
  if (!is_inet(linux_request)) return -EINVAL;
  const std::uint32_t wanted = address_in(linux_request);
  if (named.address != nullptr) {
    if (named.address->address == wanted) return 0;
    const Sysret removed = remove_address(kfd, *named.interface, *named.address);
    if (removed < 0) return removed;
  }
  if (wanted == 0) return 0;
  const std::uint32_t mask = class_mask(wanted);
  const Sysret added = add_address(kfd, *named.interface, {wanted, mask, wanted | ~mask, {}});
  if (added == 0) keep_label(label_of(linux_request), wanted);
  return added;
}

Sysret set_netmask(int kfd, const Named& named, const ifreq& linux_request) {
  if (named.address == nullptr) return -EADDRNOTAVAIL;
  const std::uint32_t mask = address_in(linux_request);
  const std::uint32_t host = ~ntohl(mask);
  if ((host & (host + 1)) != 0) return -EINVAL;
  return add_address(kfd, *named.interface,
                     {named.address->address, mask, named.address->address | ~mask, {}});
}

Sysret set_broadcast(int kfd, const Named& named, const ifreq& linux_request) {
  if (named.address == nullptr) return -EADDRNOTAVAIL;
  const std::uint32_t wanted = address_in(linux_request);
  if (named.address->broadcast == wanted) return 0;
  if (named.alias)
    return add_address(kfd, *named.interface,
                       {named.address->address, named.address->mask, wanted, {}});
  auto request = named_request<netbsd::ifreq>(*named.interface);
  put_address(request.ifr_ifru, wanted);
  return call(NB_SYS_ioctl, kfd, NB_SIOCSIFBRDADDR, &request);
}

Sysret set_peer(int kfd, const Named& named, const ifreq& linux_request) {
  if (named.address == nullptr) return -EADDRNOTAVAIL;
  auto request = named_request<netbsd::ifreq>(*named.interface);
  put_address(request.ifr_ifru, address_in(linux_request));
  return call(NB_SYS_ioctl, kfd, NB_SIOCSIFDSTADDR, &request);
}

Sysret set_mtu(int kfd, const Named& named, const ifreq& linux_request) {
  auto request = named_request<netbsd::ifreq>(*named.interface);
  request.ifr_ifru.ifru_mtu = linux_request.ifr_mtu;
  return call(NB_SYS_ioctl, kfd, NB_SIOCSIFMTU, &request);
}

Sysret refuse(int, const Named&, const ifreq&) { return -EOPNOTSUPP; }

struct ChangeRow {
  unsigned long command;
  Sysret (*change)(int kfd, const Named&, const ifreq&);
};
constexpr ChangeRow kChanges[] = {
    {SIOCSIFFLAGS, set_flags},       {SIOCSIFADDR, set_address}, {SIOCSIFNETMASK, set_netmask},
    {SIOCSIFBRDADDR, set_broadcast}, {SIOCSIFDSTADDR, set_peer}, {SIOCSIFMTU, set_mtu},
    {SIOCSIFMETRIC, refuse},         {SIOCSIFHWADDR, refuse},    {SIOCSIFMAP, refuse},
    {SIOCSIFTXQLEN, refuse},         {SIOCSIFNAME, refuse},      {SIOCSIFHWBROADCAST, refuse},
    {SIOCADDMULTI, refuse},          {SIOCDELMULTI, refuse},     {SIOCDIFADDR, refuse},
};

Sysret with_one_interface(int kfd, unsigned long command, const InterfaceList& list,
                          ifreq& request) {
  Named named;
  if (const Sysret found = find_named(list, request, named); found < 0) return found;
  if (is_interface_question(command)) return answer_interface_request(command, named, request);
  for (const ChangeRow& row : kChanges) {
    if (row.command == command) return row.change(kfd, named, request);
  }
  return -ENOTTY;
}

}  // namespace

Sysret interface_ioctl(int kfd, int family, unsigned long command, void* argument) {
  if (argument == nullptr) return -EFAULT;
  InterfaceList list;
  if (const Sysret result = read_interfaces(list); result < 0) return result;
  if (family == AF_INET6 && (command == SIOCSIFADDR || command == SIOCDIFADDR)) {
    return change_ip6_address(kfd, list, command, argument);
  }
  if (command == SIOCGIFCONF) return answer_configuration(list, *static_cast<ifconf*>(argument));
  auto& request = *static_cast<ifreq*>(argument);
  if (command == SIOCGIFNAME) return answer_name(list, request);
  return with_one_interface(kfd, command, list, request);
}

}  // namespace farcall::personality
