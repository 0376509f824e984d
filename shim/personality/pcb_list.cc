#include "personality/pcb_list.h"

#include "personality/netbsd.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "personality/sysctl.h"

namespace farcall::personality {
namespace {

SocketName name_of(Bytes sockaddr) {
  SocketName name;
  if (family_of(sockaddr) == NB_AF_INET) {
    const auto in = read_as<netbsd::sockaddr_in>(sockaddr);
    std::memcpy(name.address.data(), &in.sin_addr, sizeof in.sin_addr);
    name.port = ntohs(in.sin_port);
  } else if (family_of(sockaddr) == NB_AF_INET6) {
    name.address = ip6_of(sockaddr).bytes;
    name.port = ntohs(read_as<netbsd::sockaddr_in6>(sockaddr).sin6_port);
  }
  return name;
}

PcbInfo pcb_of(const netbsd::kinfo_pcb& record) {
  PcbInfo pcb;
  pcb.protocol = static_cast<int>(record.ki_protocol);
  pcb.tcp_state = record.ki_tstate;
  pcb.local = name_of(std::as_bytes(std::span(record.ki_s._kis_pad)));
  pcb.remote = name_of(std::as_bytes(std::span(record.ki_d._kid_pad)));
  pcb.connected = pcb.remote.port != 0 || (record.ki_sostate & NB_SS_ISCONNECTED) != 0;
  pcb.receive_queue = record.ki_rcvq;
  pcb.send_queue = record.ki_sndq;
  pcb.identity = record.ki_sockaddr != 0 ? record.ki_sockaddr : record.ki_pcbaddr;
  return pcb;
}

struct StatePair {
  int netbsd_state;
  int linux_state;
};
constexpr StatePair kStates[] = {
    {NB_TCPS_CLOSED, TCP_CLOSE},
    {NB_TCPS_LISTEN, TCP_LISTEN},
    {NB_TCPS_SYN_SENT, TCP_SYN_SENT},
    {NB_TCPS_SYN_RECEIVED, TCP_SYN_RECV},
    {NB_TCPS_ESTABLISHED, TCP_ESTABLISHED},
    {NB_TCPS_CLOSE_WAIT, TCP_CLOSE_WAIT},
    {NB_TCPS_FIN_WAIT_1, TCP_FIN_WAIT1},
    {NB_TCPS_CLOSING, TCP_CLOSING},
    {NB_TCPS_LAST_ACK, TCP_LAST_ACK},
    {NB_TCPS_FIN_WAIT_2, TCP_FIN_WAIT2},
    {NB_TCPS_TIME_WAIT, TCP_TIME_WAIT},
};

}  // namespace

std::vector<PcbInfo> parse_pcbs(Bytes bytes) {
  std::vector<PcbInfo> pcbs;
  for (; bytes.size() >= sizeof(netbsd::kinfo_pcb);
       bytes = bytes.subspan(sizeof(netbsd::kinfo_pcb))) {
    pcbs.push_back(pcb_of(read_as<netbsd::kinfo_pcb>(bytes)));
  }
  return pcbs;
}

Sysret read_pcbs(int family, int protocol, std::vector<PcbInfo>& pcbs) {
  const SysctlName parent = {NB_CTL_NET, family, protocol};
  const Sysret node = sysctl_child(parent, "pcblist");
  if (node == -ENOENT || node == -EOPNOTSUPP) return 0;
  if (node < 0) return node;
  // Behind the name: all of them, from the first, the record's size, as many as there are.
  constexpr int kRecord = static_cast<int>(sizeof(netbsd::kinfo_pcb));
  std::vector<std::byte> bytes;
  const Sysret result = sysctl_read(
      {NB_CTL_NET, family, protocol, static_cast<int>(node), 0, 0, kRecord, INT_MAX}, bytes);
  if (result < 0) return result;
  pcbs = parse_pcbs(bytes);
  return 0;
}

int tcp_state_to_linux(int netbsd_state) {
  for (const StatePair& pair : kStates) {
    if (pair.netbsd_state == netbsd_state) return pair.linux_state;
  }
  return TCP_CLOSE;
}

}  // namespace farcall::personality
