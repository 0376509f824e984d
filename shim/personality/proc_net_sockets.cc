// /proc/net/tcp, udp, raw and their IPv6 twins.
//
// What NetBSD does not tell (timers, owners, retransmissions) stands as 0. The inode column is made
// from the socket's identity in the kernel, so that two sockets of one listing never share it.
#include "personality/netbsd.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "personality/proc_net.h"
#include "personality/text.h"

namespace farcall::personality {
namespace {

constexpr char kTcp4[] =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode";
constexpr char kTcp6[] =
    "  sl  local_address                         remote_address                        st tx_queue "
    "rx_queue tr "
    "tm->when retrnsmt   uid  timeout inode";
constexpr char kUdp4[] =
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode ref pointer "
    "drops";
constexpr char kRaw4[] =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode ref pointer "
    "drops";
constexpr char kDatagram6[] =
    "  sl  local_address                         remote_address                        st tx_queue "
    "rx_queue tr "
    "tm->when retrnsmt   uid  timeout inode ref pointer drops";

constexpr int kNone = -1;

constexpr SocketTable kTables[] = {
    {"tcp", NB_AF_INET, NB_IPPROTO_TCP, kTcp4, 149, 4, true},
    {"tcp6", NB_AF_INET6, NB_IPPROTO_TCP, kTcp6, 0, 4, true},
    {"udp", NB_AF_INET, NB_IPPROTO_UDP, kUdp4, 127, 5, false},
    {"udp6", NB_AF_INET6, NB_IPPROTO_UDP, kDatagram6, 0, 5, false},
    {"udplite", NB_AF_INET, kNone, kUdp4, 127, 5, false},
    {"udplite6", NB_AF_INET6, kNone, kDatagram6, 0, 5, false},
    {"raw", NB_AF_INET, NB_IPPROTO_RAW, kRaw4, 0, 4, false},
    {"raw6", NB_AF_INET6, NB_IPPROTO_RAW, kDatagram6, 0, 5, false},
    {"icmp", NB_AF_INET, kNone, kUdp4, 127, 5, false},
    {"icmp6", NB_AF_INET6, kNone, kDatagram6, 0, 5, false},
};

/// An address as Linux prints it: its 32-bit words as the machine reads them.
void append_name(std::string& line, const SocketName& name, int family, unsigned port) {
  const std::size_t words = family == NB_AF_INET6 ? 4 : 1;
  for (std::size_t i = 0; i < words; ++i) {
    std::uint32_t word;
    std::memcpy(&word, &name.address[4 * i], sizeof word);
    append_format(line, "%08X", word);
  }
  append_format(line, ":%04X", port);
}

unsigned state_of(const SocketTable& table, const PcbInfo& pcb) {
  if (table.is_tcp) return static_cast<unsigned>(tcp_state_to_linux(pcb.tcp_state));
  return pcb.connected ? TCP_ESTABLISHED : TCP_CLOSE;
}

/// Linux shows a raw socket's protocol in the place of its port.
unsigned local_port(const SocketTable& table, const PcbInfo& pcb) {
  return table.protocol == NB_IPPROTO_RAW ? static_cast<unsigned>(pcb.protocol) : pcb.local.port;
}

unsigned long inode_of(const PcbInfo& pcb) { return pcb.identity & 0xffffffff; }

std::string socket_line(const SocketTable& table, const PcbInfo& pcb, unsigned number) {
  std::string line;
  append_format(line, "%*u: ", table.number_width, number);
  append_name(line, pcb.local, table.family, local_port(table, pcb));
  line += ' ';
  append_name(line, pcb.remote, table.family, pcb.remote.port);
  append_format(line, " %02X %08X:%08X %02X:%08lX %08X %5u %8d %lu %d %016lx", state_of(table, pcb),
                static_cast<unsigned>(pcb.send_queue), static_cast<unsigned>(pcb.receive_queue), 0U,
                0UL, 0U, 0U, 0, inode_of(pcb), table.is_tcp ? 1 : 2,
                static_cast<unsigned long>(pcb.identity));
  line += table.is_tcp ? " 0 0 0 0 -1" : " 0";
  return line;
}

/// Linux lists no TCP socket that was never bound for a connection.
bool is_listed(const SocketTable& table, const PcbInfo& pcb) {
  return !table.is_tcp || pcb.tcp_state != NB_TCPS_CLOSED;
}

}  // namespace

const SocketTable* find_socket_table(std::string_view name) {
  const auto* found = std::find_if(std::begin(kTables), std::end(kTables),
                                   [&](const SocketTable& table) { return name == table.name; });
  return found == std::end(kTables) ? nullptr : found;
}

std::string proc_net_sockets(const SocketTable& table, const std::vector<PcbInfo>& pcbs) {
  std::string out;
  append_padded_line(out, table.header, table.width);
  unsigned number = 0;
  for (const PcbInfo& pcb : pcbs) {
    if (is_listed(table, pcb))
      append_padded_line(out, socket_line(table, pcb, number++), table.width);
  }
  return out;
}

}  // namespace farcall::personality
