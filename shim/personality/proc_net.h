// The files of Linux's /proc/net as functions of what the kernel told. Pure; the formats are those
// of Linux 6.1, headers and column widths included, because programs read them by position.
#pragma once

#include <string>
#include <vector>

#include "personality/interface_list.h"
#include "personality/pcb_list.h"
#include "personality/route_list.h"

namespace farcall::personality {

std::string proc_net_dev(const InterfaceList& list);
std::string proc_net_if_inet6(const InterfaceList& list);
std::string proc_net_route(const std::vector<RouteInfo>& routes, const InterfaceList& list);
std::string proc_net_ipv6_route(const std::vector<RouteInfo>& routes, const InterfaceList& list);
std::string proc_net_arp(const std::vector<NeighbourInfo>& neighbours, const InterfaceList& list);

/// One kind of socket table: tcp, tcp6, udp …
struct SocketTable {
  const char* name;  ///< the file's
  int family;        ///< NetBSD's
  int protocol;      ///< of the sysctl node; -1: the kernel has no such sockets, the header stands
                     ///< alone
  const char* header;
  std::size_t width;  ///< lines are filled to it; 0: they are not
  int number_width;   ///< of the first column
  bool is_tcp;
};
const SocketTable* find_socket_table(std::string_view name);
std::string proc_net_sockets(const SocketTable& table, const std::vector<PcbInfo>& pcbs);

}  // namespace farcall::personality
