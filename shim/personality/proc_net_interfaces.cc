// /proc/net/dev and /proc/net/if_inet6.
#include "personality/proc_net.h"
#include "personality/text.h"

namespace farcall::personality {
namespace {

constexpr char kDevHeader[] =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
    "fifo colls carrier "
    "compressed\n";

constexpr unsigned kPermanent = 0x80;  // IFA_F_PERMANENT

/// The scope as Linux writes it: 0x10 host, 0x20 link, 0x40 site, 0 global.
unsigned scope_of(const Ip6& address) {
  const auto& bytes = address.bytes;
  bool loopback = bytes[15] == 1;
  for (std::size_t i = 0; i < 15; ++i) loopback = loopback && bytes[i] == 0;
  if (loopback) return 0x10;
  if (bytes[0] != 0xfe) return 0;
  if ((bytes[1] & 0xc0) == 0x80) return 0x20;
  return (bytes[1] & 0xc0) == 0xc0 ? 0x40 : 0;
}

}  // namespace

std::string proc_net_dev(const InterfaceList& list) {
  std::string out = kDevHeader;
  for (const InterfaceInfo& one : list) {
    const auto& data = one.data;
    append_format(out, "%6s: %7lu %7lu %4lu %4lu %4lu %5lu %10lu %9lu ", one.name.c_str(),
                  data.ifi_ibytes, data.ifi_ipackets, data.ifi_ierrors, data.ifi_iqdrops, 0UL, 0UL,
                  0UL, data.ifi_imcasts);
    append_format(out, "%8lu %7lu %4lu %4lu %4lu %5lu %7lu %10lu\n", data.ifi_obytes,
                  data.ifi_opackets, data.ifi_oerrors, 0UL, 0UL, data.ifi_collisions, 0UL, 0UL);
  }
  return out;
}

std::string proc_net_if_inet6(const InterfaceList& list) {
  std::string out;
  for (const InterfaceInfo& one : list) {
    for (const Ip6Address& entry : one.ipv6) {
      for (const unsigned byte : entry.address.bytes) append_format(out, "%02x", byte);
      append_format(out, " %02x %02x %02x %02x %8s\n", one.index,
                    static_cast<unsigned>(entry.prefix), scope_of(entry.address), kPermanent,
                    one.name.c_str());
    }
  }
  return out;
}

}  // namespace farcall::personality
