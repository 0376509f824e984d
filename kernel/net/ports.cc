#include "kernel/net/ports.h"

#include "rump/rumpuser.h"

namespace farcall::kernel {

namespace {

struct Binding {
  const ip_addr_t* address;
  bool connected;
  const InetSocket* owner;  ///< nullptr: a connection that outlived its socket
};

bool families_overlap(std::uint8_t a, std::uint8_t b) {
  return a == b || a == IPADDR_TYPE_ANY || b == IPADDR_TYPE_ANY;
}

bool conflicts(const InetSocket& socket, const Endpoint& wanted, std::uint8_t type,
               const Binding& other) {
  if (other.owner == &socket) return false;
  const std::uint8_t other_type = IP_GET_TYPE(other.address);
  if (!families_overlap(type, other_type)) return false;
  const bool any = ip_addr_isany_val(wanted.address);
  const bool other_any = ip_addr_isany(other.address);
  if (!any && !other_any && !ip_addr_cmp(&wanted.address, other.address)) return false;
  const int flags = socket.options.flags;
  const bool wildcard = other.connected || any != other_any;
  if (wildcard && (flags & (NB_SO_REUSEADDR | NB_SO_REUSEPORT)) != 0) return false;
  int shareable = NB_SO_REUSEPORT;
  if (ip_addr_ismulticast(&wanted.address)) shareable |= NB_SO_REUSEADDR;
  const int other_flags = other.owner == nullptr ? 0 : other.owner->options.flags;
  return (flags & other_flags & shareable) == 0;
}

constexpr unsigned kFirstEphemeral = 49152, kEphemerals = 65536 - kFirstEphemeral;

bool tcp_port_used(std::uint16_t port) {
  for (const struct tcp_pcb* list :
       {tcp_listen_pcbs.pcbs, tcp_bound_pcbs, tcp_active_pcbs, tcp_tw_pcbs}) {
    for (const struct tcp_pcb* pcb = list; pcb != nullptr; pcb = pcb->next) {
      if (pcb->local_port == port) return true;
    }
  }
  return false;
}

bool udp_port_used(std::uint16_t port) {
  for (const struct udp_pcb* pcb = udp_pcbs; pcb != nullptr; pcb = pcb->next) {
    if (pcb->local_port == port) return true;
  }
  return false;
}

Result<std::uint16_t> free_port(bool (*used)(std::uint16_t)) {
  unsigned start = 0;
  std::size_t got = 0;
  rumpuser_getrandom(&start, sizeof start, 0, &got);
  start %= kEphemerals;
  for (unsigned i = 0; i < kEphemerals; ++i) {
    const auto port = static_cast<std::uint16_t>(kFirstEphemeral + (start + i) % kEphemerals);
    if (!used(port)) return port;
  }
  return Error{NB_EAGAIN};
}

/// Spreads what differs in a few bits over all of them (the finalizer of SplitMix64).
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

}  // namespace

std::uint64_t share_of(const InetSocket& socket, const Endpoint& peer) {
  std::uint64_t value = mixed(reinterpret_cast<std::uintptr_t>(&socket)) + peer.port;
  if (is_v4(peer.address)) return mixed(value ^ std::uint64_t{ip_2_ip4(&peer.address)->addr} << 16);
  for (const u32_t word : ip_2_ip6(&peer.address)->addr) value = mixed(value ^ word);
  return value;
}

Result<std::uint16_t> tcp_free_port() { return free_port(tcp_port_used); }
Result<std::uint16_t> udp_free_port() { return free_port(udp_port_used); }

bool tcp_port_taken(const InetSocket& socket, const Endpoint& wanted, std::uint8_t type) {
  struct tcp_pcb* const lists[] = {tcp_listen_pcbs.pcbs, tcp_bound_pcbs, tcp_active_pcbs,
                                   tcp_tw_pcbs};
  for (std::size_t i = 0; i < std::size(lists); ++i) {
    for (const struct tcp_pcb* pcb = lists[i]; pcb != nullptr; pcb = pcb->next) {
      if (pcb->local_port != wanted.port) continue;
      const Binding other = {&pcb->local_ip, i >= 2,
                             static_cast<const InetSocket*>(pcb->callback_arg)};
      if (conflicts(socket, wanted, type, other)) return true;
    }
  }
  return false;
}

bool udp_port_taken(const InetSocket& socket, const Endpoint& wanted, std::uint8_t type) {
  for (const struct udp_pcb* pcb = udp_pcbs; pcb != nullptr; pcb = pcb->next) {
    if (pcb->local_port != wanted.port) continue;
    const Binding other = {&pcb->local_ip, (pcb->flags & UDP_FLAGS_CONNECTED) != 0,
                           static_cast<const InetSocket*>(pcb->recv_arg)};
    if (conflicts(socket, wanted, type, other)) return true;
  }
  return false;
}

}  // namespace farcall::kernel
