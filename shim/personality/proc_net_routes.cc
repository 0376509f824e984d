// /proc/net/route, /proc/net/ipv6_route and /proc/net/arp.
#include "personality/netbsd.h"

#include <arpa/inet.h>
#include <net/if_arp.h>

#include <algorithm>

#include "personality/proc_net.h"
#include "personality/text.h"

namespace farcall::personality {
namespace {

constexpr std::size_t kRouteWidth = 127;
constexpr char kRouteHeader[] =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
constexpr char kArpHeader[] =
    "IP address       HW type     Flags       HW address            Mask     Device\n";
constexpr char kNoDevice[] = "*";

const char* name_of(const InterfaceList& list, unsigned index) {
  const InterfaceInfo* interface = find_interface(list, index);
  return interface == nullptr ? kNoDevice : interface->name.c_str();
}

void append_ip6(std::string& out, const Ip6& address) {
  for (const unsigned byte : address.bytes) append_format(out, "%02x", byte);
}

std::string hardware_text(const NeighbourInfo& entry) {
  std::string text;
  for (unsigned i = 0; i < entry.hardware_size; ++i) {
    append_format(text, i == 0 ? "%02x" : ":%02x", static_cast<unsigned>(entry.hardware[i]));
  }
  return text.empty() ? "00:00:00:00:00:00" : text;
}

/// NetBSD's kernel has link-layer entries for the addresses of its own interfaces.
bool is_own(std::uint32_t address, const InterfaceList& list) {
  return std::ranges::any_of(list, [address](const InterfaceInfo& interface) {
    return std::ranges::any_of(interface.ipv4,
                               [address](const Ip4Address& own) { return own.address == address; });
  });
}

/// The loopback network itself is in Linux's local table, which these files do not show.
bool is_listed(const RouteInfo& route, const InterfaceList& list) {
  const InterfaceInfo* interface = find_interface(list, route.interface_index);
  const bool loopback = interface != nullptr && (interface->flags & NB_IFF_LOOPBACK) != 0;
  return !loopback || (route.flags & (NB_RTF_GATEWAY | NB_RTF_STATIC)) != 0;
}

}  // namespace

std::string proc_net_route(const std::vector<RouteInfo>& routes, const InterfaceList& list) {
  std::string out;
  append_padded_line(out, kRouteHeader, kRouteWidth);
  for (const RouteInfo& route : routes) {
    if (!is_listed(route, list)) continue;
    std::string line;
    append_format(line, "%s\t%08X\t%08X\t%04X\t%d\t%u\t%d\t%08X\t%d\t%u\t%u",
                  name_of(list, route.interface_index), route.destination4, route.gateway4,
                  route_flags_to_linux(route.flags), 0, 0U, 0, route.mask4, 0, 0U, 0U);
    append_padded_line(out, line, kRouteWidth);
  }
  return out;
}

std::string proc_net_ipv6_route(const std::vector<RouteInfo>& routes, const InterfaceList& list) {
  constexpr unsigned kMetric = 1024;  // what Linux gives to a route that names none
  std::string out;
  for (const RouteInfo& route : routes) {
    if (!is_listed(route, list)) continue;
    append_ip6(out, route.destination6);
    append_format(out, " %02x ", static_cast<unsigned>(route.prefix));
    append_ip6(out, Ip6{});
    out += " 00 ";
    append_ip6(out, route.gateway6);
    append_format(out, " %08x %08x %08x %08x %8s\n", kMetric, 1U, route.uses,
                  route_flags_to_linux(route.flags), name_of(list, route.interface_index));
  }
  return out;
}

std::string proc_net_arp(const std::vector<NeighbourInfo>& neighbours, const InterfaceList& list) {
  std::string out = kArpHeader;
  for (const NeighbourInfo& entry : neighbours) {
    if (is_own(entry.address, list)) continue;
    char address[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &entry.address, address, sizeof address);
    unsigned flags = entry.hardware_size == 0 ? 0 : ATF_COM;
    if (entry.is_static) flags |= ATF_PERM;
    append_format(out, "%-16s 0x%-10x0x%-10x%-17s     *        %s\n", address, ARPHRD_ETHER, flags,
                  hardware_text(entry).c_str(), name_of(list, entry.interface_index));
  }
  return out;
}

}  // namespace farcall::personality
