#include "kernel/net/send_control.h"

#include <algorithm>
#include <cstring>

#include "kernel/net/address.h"
#include "kernel/net/interface.h"

namespace farcall::kernel {

namespace {

using Data = std::span<const std::byte>;

constexpr std::size_t align(std::size_t size) { return (size + 7) & ~std::size_t{7}; }
constexpr std::size_t kHeader = align(sizeof(netbsd::cmsghdr));

template <class T>
T value_of(Data data) {
  T value;
  std::memcpy(&value, data.data(), sizeof value);
  return value;
}

Result<void> set_interface(SendControl& control, unsigned index) {
  if (index != 0 && interface_by_index(index) == nullptr) return Error{NB_ENXIO};
  control.interface_index = index;
  return {};
}

Result<void> set_source(SendControl& control, const ip_addr_t& source) {
  control.has_source = !ip_addr_isany_val(source);
  control.source = source;
  if (control.has_source && interface_with_address(source) == nullptr) {
    return Error{NB_EADDRNOTAVAIL};
  }
  return {};
}

Result<void> packet_info(SendControl& control, Data data) {
  const auto info = value_of<netbsd::in_pktinfo>(data);
  FARCALL_TRY(set_interface(control, info.ipi_ifindex));
  return set_source(control, ip_from(ipv4_from_bytes(&info.ipi_addr)));
}

Result<void> source_address(SendControl& control, Data data) {
  return set_source(control, ip_from(ipv4_from_bytes(data.data())));
}

Result<void> packet_info6(SendControl& control, Data data) {
  const auto info = value_of<netbsd::in6_pktinfo>(data);
  FARCALL_TRY(set_interface(control, info.ipi6_ifindex));
  return set_source(control, ip_from_in6(&info.ipi6_addr, info.ipi6_ifindex));
}

Result<void> set_number(int& field, Data data, int lowest) {
  const int number = value_of<int>(data);
  if (number < lowest || number > 255) return Error{NB_EINVAL};
  field = number;
  return {};
}

Result<void> time_to_live(SendControl& control, Data data) {
  return set_number(control.hops, data, 1);
}

Result<void> hop_limit(SendControl& control, Data data) {
  return set_number(control.hops, data, -1);
}

Result<void> type_of_service(SendControl& control, Data data) {
  return set_number(control.traffic_class, data, 0);
}

Result<void> traffic_class(SendControl& control, Data data) {
  return set_number(control.traffic_class, data, -1);
}

struct Message {
  int level;
  int type;
  std::size_t size;
  Result<void> (*read)(SendControl&, Data);
};

constexpr Message kMessages[] = {
    {NB_IPPROTO_IP, NB_IP_PKTINFO, sizeof(netbsd::in_pktinfo), packet_info},
    {NB_IPPROTO_IP, NB_IP_RECVDSTADDR, sizeof(std::uint32_t), source_address},
    {NB_IPPROTO_IP, NB_IP_TTL, sizeof(int), time_to_live},
    {NB_IPPROTO_IP, NB_IP_TOS, sizeof(int), type_of_service},
    {NB_IPPROTO_IPV6, NB_IPV6_PKTINFO, sizeof(netbsd::in6_pktinfo), packet_info6},
    {NB_IPPROTO_IPV6, NB_IPV6_HOPLIMIT, sizeof(int), hop_limit},
    {NB_IPPROTO_IPV6, NB_IPV6_TCLASS, sizeof(int), traffic_class},
};

Result<void> read_one(SendControl& control, const netbsd::cmsghdr& header, Data data, int domain) {
  const auto* found = std::ranges::find_if(kMessages, [&](const Message& each) {
    return each.level == header.cmsg_level && each.type == header.cmsg_type;
  });
  if (found == std::end(kMessages) || data.size() != found->size) return Error{NB_EINVAL};
  if (domain == NB_AF_INET && found->level != NB_IPPROTO_IP) return Error{NB_EINVAL};
  return found->read(control, data);
}

}  // namespace

Result<SendControl> read_send_control(Data control, int domain) {
  SendControl result;
  while (!control.empty()) {
    if (control.size() < kHeader) return Error{NB_EINVAL};
    const auto header = value_of<netbsd::cmsghdr>(control);
    if (header.cmsg_len < kHeader || header.cmsg_len > control.size()) return Error{NB_EINVAL};
    const Data data = control.subspan(kHeader, header.cmsg_len - kHeader);
    FARCALL_TRY(read_one(result, header, data, domain));
    control = control.subspan(std::min(align(header.cmsg_len), control.size()));
  }
  return result;
}

}  // namespace farcall::kernel
