// net.inet.tcp.pcblist and its like: what netstat -an shows.
#include <climits>
#include <cstring>

#include "farcall/sysctl_names.h"
#include "kernel/core/sysctl.h"
#include "kernel/net/inet_socket.h"
#include "kernel/net/net_sysctl.h"
#include "kernel/net/raw_socket.h"
#include "kernel/net/tcp_info.h"

namespace farcall::kernel {

namespace {

using netbsd::kinfo_pcb;

/// What a control block of any protocol tells.
struct Block {
  const InetSocket* owner;  ///< nullptr: lwIP finishes a connection whose socket is closed
  Endpoint local, remote;
  int state;
};

int domain_of(const Block& block) {
  if (block.owner != nullptr) return block.owner->domain();
  return is_v4(block.local.address) ? NB_AF_INET : NB_AF_INET6;
}

kinfo_pcb describe(const Block& block, int domain, int type, int protocol, unsigned long number) {
  kinfo_pcb info = {};
  info.ki_pcbaddr = info.ki_sockaddr = number;  // a name, not an address: those are the kernel's
  info.ki_family = static_cast<unsigned>(domain);
  info.ki_type = static_cast<unsigned>(type);
  info.ki_protocol = static_cast<unsigned>(protocol);
  info.ki_tstate = block.state;
  if (block.owner != nullptr) {
    info.ki_rcvq = block.owner->receive_queued();
    info.ki_sndq = block.owner->send_queued();
  }
  const SocketAddress local = address_from(block.local, domain);
  const SocketAddress remote = address_from(block.remote, domain);
  std::memcpy(&info.ki_s, local.data, local.size);
  std::memcpy(&info.ki_d, remote.data, remote.size);
  return info;
}

const InetSocket* owner_of(const void* argument) {
  return static_cast<const InetSocket*>(argument);
}

void list_tcp(std::vector<Block>& out) {
  for (const struct tcp_pcb* pcb = tcp_listen_pcbs.pcbs; pcb != nullptr; pcb = pcb->next) {
    out.push_back(
        {owner_of(pcb->callback_arg),
         {pcb->local_ip, pcb->local_port},
         {IP_IS_V4_VAL(pcb->local_ip) ? ip_from(*IP4_ADDR_ANY4) : ip_from(*IP6_ADDR_ANY6), 0},
         NB_TCPS_LISTEN});
  }
  for (const struct tcp_pcb* list : {tcp_bound_pcbs, tcp_active_pcbs, tcp_tw_pcbs}) {
    for (const struct tcp_pcb* pcb = list; pcb != nullptr; pcb = pcb->next) {
      out.push_back({owner_of(pcb->callback_arg),
                     {pcb->local_ip, pcb->local_port},
                     {pcb->remote_ip, pcb->remote_port},
                     tcp_state_from_lwip(pcb->state)});
    }
  }
}

void list_udp(std::vector<Block>& out) {
  for (const struct udp_pcb* pcb = udp_pcbs; pcb != nullptr; pcb = pcb->next) {
    out.push_back({owner_of(pcb->recv_arg),
                   {pcb->local_ip, pcb->local_port},
                   {pcb->remote_ip, pcb->remote_port},
                   0});
  }
}

void list_raw(std::vector<Block>& out) {
  for (const RawSocket* socket : RawSocket::all()) {
    out.push_back({socket, socket->local(), socket->remote(), 0});
  }
}

struct List {
  int domain;
  int protocol;
  int type;
  void (*collect)(std::vector<Block>&);
};

constexpr List kLists[] = {
    {NB_PF_INET, NB_IPPROTO_TCP, NB_SOCK_STREAM, list_tcp},
    {NB_PF_INET, NB_IPPROTO_UDP, NB_SOCK_DGRAM, list_udp},
    {NB_PF_INET, NB_IPPROTO_RAW, NB_SOCK_RAW, list_raw},
    {NB_PF_INET6, NB_IPPROTO_TCP, NB_SOCK_STREAM, list_tcp},
    {NB_PF_INET6, NB_IPPROTO_UDP, NB_SOCK_DGRAM, list_udp},
    {NB_PF_INET6, NB_IPPROTO_RAW, NB_SOCK_RAW, list_raw},
};

int protocol_of(const List& list, const Block& block) {
  return list.type == NB_SOCK_RAW && block.owner != nullptr ? block.owner->protocol()
                                                            : list.protocol;
}

Result<void> answer(const List& list, SysctlRequest& request) {
  if (request.rest.size() != 4 || request.rest[0] != kSysctlPcbAll) return Error{NB_EINVAL};
  if (!request.new_value.empty()) return Error{NB_EPERM};
  const int size = request.rest[2], limit = request.rest[3];
  if (size <= 0 || limit < 0) return Error{NB_EINVAL};
  const std::size_t part = std::min<std::size_t>(static_cast<std::size_t>(size), sizeof(kinfo_pcb));
  std::vector<Block> blocks;
  list.collect(blocks);
  unsigned long number = 0;
  for (const Block& block : blocks) {
    if (domain_of(block) != list.domain) continue;
    if (number == static_cast<unsigned long>(limit)) break;
    const kinfo_pcb info =
        describe(block, list.domain, list.type, protocol_of(list, block), ++number);
    sysctl_put(request, &info, part);
  }
  return {};
}

template <std::size_t i>
Result<void> handle(SysctlRequest& request) {
  return answer(kLists[i], request);
}

template <std::size_t... i>
void register_all(std::index_sequence<i...>) {
  constexpr int kPaths[][4] = {
      {NB_CTL_NET, kLists[i].domain, kLists[i].protocol, kSysctlPcbList}...};
  (sysctl_register(kPaths[i], handle<i>), ...);
  (sysctl_describe(kPaths[i], "pcblist", SysctlType::structure), ...);
}

}  // namespace

void pcb_sysctl_init() { register_all(std::make_index_sequence<std::size(kLists)>{}); }

}  // namespace farcall::kernel
