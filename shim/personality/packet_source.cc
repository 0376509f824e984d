#include "personality/packet_source.h"

#include "personality/netbsd.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "personality/call.h"
#include "personality/interface_list.h"

namespace farcall::personality {
namespace {

std::optional<in_pktinfo> only_packet_info(std::span<const std::byte> control) {
  cmsghdr header;
  in_pktinfo info;
  if (control.size() < CMSG_LEN(sizeof info)) return std::nullopt;
  std::memcpy(&header, control.data(), sizeof header);
  std::memcpy(&info, control.data() + CMSG_LEN(0), sizeof info);
  const bool alone = control.size() <= CMSG_SPACE(sizeof info);
  const bool is_info = header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_PKTINFO &&
                       header.cmsg_len == CMSG_LEN(sizeof info);
  return alone && is_info ? std::optional(info) : std::nullopt;
}

/// Of a socket; INADDR_ANY when it has none, or none of IPv4.
in_addr_t own_address(int kfd) {
  KernelAddress name;
  name.size = KernelAddress::kMax;
  if (call(NB_SYS_getsockname, kfd, name.bytes, &name.size) < 0) return INADDR_ANY;
  if (name.family() != NB_AF_INET) return INADDR_ANY;
  netbsd::sockaddr_in address;
  std::memcpy(&address, name.bytes, sizeof address);
  return address.sin_addr.s_addr;
}

/// Where packets to `to` leave from, by the kernel's routes.
in_addr_t routed_source(const KernelAddress& to) {
  const Sysret asked = call(NB_SYS_socket30, NB_AF_INET, NB_SOCK_DGRAM, 0);
  if (asked < 0) return INADDR_ANY;
  const int kfd = static_cast<int>(asked);
  const bool known = call(NB_SYS_connect, kfd, to.bytes, to.size) == 0;
  const in_addr_t source = known ? own_address(kfd) : INADDR_ANY;
  call(NB_SYS_close, kfd);
  return source;
}

bool is_of_interface(in_addr_t address, int index) {
  InterfaceList list;
  if (read_interfaces(list) < 0) return false;
  const InterfaceInfo* interface = find_interface(list, static_cast<unsigned>(index));
  return interface != nullptr && std::ranges::any_of(interface->ipv4, [&](const Ip4Address& one) {
           return one.address == address;
         });
}

}  // namespace

bool names_own_source(int kfd, const KernelAddress& to, std::span<const std::byte> control) {
  const auto info = only_packet_info(control);
  if (!info) return false;
  in_addr_t source = own_address(kfd);
  if (source == INADDR_ANY && to.family() == NB_AF_INET) source = routed_source(to);
  if (source == INADDR_ANY) return false;
  const in_addr_t wanted = info->ipi_spec_dst.s_addr;
  if (wanted != INADDR_ANY && wanted != source) return false;
  return info->ipi_ifindex == 0 || is_of_interface(source, info->ipi_ifindex);
}

}  // namespace farcall::personality
