#include "kernel/net/control.h"

#include <cstring>

#include "kernel/net/datagram_socket.h"
#include "kernel/net/interface.h"

namespace farcall::kernel {

namespace {

constexpr std::size_t align(std::size_t size) { return (size + 7) & ~std::size_t{7}; }

template <class T>
void append(std::vector<std::byte>& control, int level, int type, const T& value) {
  constexpr std::size_t kHeader = align(sizeof(netbsd::cmsghdr));
  netbsd::cmsghdr header = {};
  header.cmsg_len = kHeader + sizeof value;
  header.cmsg_level = level;
  header.cmsg_type = type;
  const std::size_t start = control.size();
  control.resize(start + align(kHeader + sizeof value));
  std::memcpy(control.data() + start, &header, sizeof header);
  std::memcpy(control.data() + start + kHeader, &value, sizeof value);
}

void append_v4(std::vector<std::byte>& control, const Datagram& datagram,
               const SocketOptions& options) {
  const std::uint32_t to = ip_2_ip4(&datagram.to)->addr;
  if (options.receive_destination != 0) append(control, NB_IPPROTO_IP, NB_IP_RECVDSTADDR, to);
  if (options.receive_pktinfo != 0) {
    netbsd::in_pktinfo info = {};
    info.ipi_addr.s_addr = to;
    info.ipi_ifindex = datagram.interface_index;
    append(control, NB_IPPROTO_IP, NB_IP_PKTINFO, info);
  }
  Interface* interface = interface_by_index(datagram.interface_index);
  if (options.receive_interface != 0 && interface != nullptr) {
    append(control, NB_IPPROTO_IP, NB_IP_RECVIF, interface->link_sockaddr());
  }
  if (options.receive_ttl != 0) {
    append(control, NB_IPPROTO_IP, NB_IP_RECVTTL, static_cast<unsigned char>(datagram.hops));
  }
}

void append_v6(std::vector<std::byte>& control, const Datagram& datagram,
               const SocketOptions& options) {
  if (options.receive_pktinfo6 != 0) {
    netbsd::in6_pktinfo info = {};
    const SocketAddress to = address_from({datagram.to, 0}, NB_AF_INET6);
    netbsd::sockaddr_in6 address;
    std::memcpy(&address, to.data, sizeof address);
    std::memcpy(&info.ipi6_addr, &address.sin6_addr, sizeof info.ipi6_addr);
    info.ipi6_ifindex = datagram.interface_index;
    append(control, NB_IPPROTO_IPV6, NB_IPV6_PKTINFO, info);
  }
  if (options.receive_hops6 != 0) {
    append(control, NB_IPPROTO_IPV6, NB_IPV6_HOPLIMIT, datagram.hops);
  }
  if (options.receive_class6 != 0) {
    append(control, NB_IPPROTO_IPV6, NB_IPV6_TCLASS, datagram.traffic_class);
  }
}

}  // namespace

std::vector<std::byte> control_messages(const Datagram& datagram, const SocketOptions& options) {
  std::vector<std::byte> control;
  if ((options.flags & NB_SO_TIMESTAMP) != 0) {
    netbsd::timeval time = {};
    time.tv_sec = datagram.arrived / 1'000'000'000;
    time.tv_usec = static_cast<int>(datagram.arrived % 1'000'000'000 / 1000);
    append(control, NB_SOL_SOCKET, NB_SCM_TIMESTAMP, time);
  }
  if (is_v4(datagram.to)) append_v4(control, datagram, options);
  append_v6(control, datagram, options);
  return control;
}

}  // namespace farcall::kernel
