// Which text files of Linux the kernel answers, and who writes each.
#include "personality/netbsd.h"

#include <cerrno>
#include <cstring>
#include <string_view>

#include "personality/personality.h"
#include "personality/proc_net.h"
#include "personality/sys_class_net.h"

namespace farcall::personality {
namespace {

constexpr std::string_view kProcNet[] = {"/proc/net", "/proc/self/net", "/proc/thread-self/net"};
constexpr std::string_view kSysClassNet = "/sys/class/net";

/// True when `path` is `directory` or lies in it; `rest` is what follows, without slashes at its
/// ends.
bool is_below(std::string_view path, std::string_view directory, std::string_view& rest) {
  if (!path.starts_with(directory)) return false;
  rest = path.substr(directory.size());
  if (!rest.empty() && rest.front() != '/') return false;
  while (rest.starts_with('/')) rest.remove_prefix(1);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  return true;
}

bool is_proc_net(std::string_view path, std::string_view& rest) {
  for (const std::string_view directory : kProcNet) {
    if (is_below(path, directory, rest)) return true;
  }
  return false;
}

Sysret interfaces_file(std::string (*format)(const InterfaceList&), std::string& contents) {
  InterfaceList list;
  const Sysret result = read_interfaces(list);
  if (result == 0) contents = format(list);
  return result;
}

Sysret dev_file(std::string& contents) { return interfaces_file(proc_net_dev, contents); }
Sysret if_inet6_file(std::string& contents) { return interfaces_file(proc_net_if_inet6, contents); }

using RouteFormat = std::string (*)(const std::vector<RouteInfo>&, const InterfaceList&);

Sysret routes_file(int family, RouteFormat format, std::string& contents) {
  InterfaceList list;
  if (const Sysret result = read_interfaces(list); result < 0) return result;
  std::vector<RouteInfo> routes;
  if (const Sysret result = read_routes(family, routes); result < 0) return result;
  contents = format(routes, list);
  return 0;
}

Sysret route_file(std::string& contents) {
  return routes_file(NB_AF_INET, proc_net_route, contents);
}
Sysret ipv6_route_file(std::string& contents) {
  return routes_file(NB_AF_INET6, proc_net_ipv6_route, contents);
}

Sysret arp_file(std::string& contents) {
  InterfaceList list;
  if (const Sysret result = read_interfaces(list); result < 0) return result;
  std::vector<NeighbourInfo> neighbours;
  if (const Sysret result = read_neighbours(neighbours); result < 0) return result;
  contents = proc_net_arp(neighbours, list);
  return 0;
}

// What the built-in kernel does not tell stands with its header alone: programs take a missing file
// for a kernel without the protocol, and the host's file would show another machine's sockets.
Sysret unix_file(std::string& contents) {
  contents = "Num       RefCount Protocol Flags    Type St Inode Path\n";
  return 0;
}
Sysret igmp_file(std::string& contents) {
  contents = "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n";
  return 0;
}
Sysret packet_file(std::string& contents) {
  contents = "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n";
  return 0;
}
Sysret empty_file(std::string& contents) {
  contents.clear();
  return 0;
}

struct FileRow {
  const char* name;
  Sysret (*read)(std::string&);  ///< nullptr: a table of sockets
};
constexpr FileRow kFiles[] = {
    {"arp", arp_file},       {"dev", dev_file},     {"dev_mcast", empty_file},
    {"icmp", nullptr},       {"icmp6", nullptr},    {"if_inet6", if_inet6_file},
    {"igmp", igmp_file},     {"igmp6", empty_file}, {"ipv6_route", ipv6_route_file},
    {"packet", packet_file}, {"raw", nullptr},      {"raw6", nullptr},
    {"route", route_file},   {"tcp", nullptr},      {"tcp6", nullptr},
    {"udp", nullptr},        {"udp6", nullptr},     {"udplite", nullptr},
    {"udplite6", nullptr},   {"unix", unix_file},
};

Sysret sockets_file(const SocketTable& table, std::string& contents) {
  std::vector<PcbInfo> pcbs;
  if (table.protocol >= 0) {
    const Sysret result = read_pcbs(table.family, table.protocol, pcbs);
    if (result < 0) return result;
  }
  contents = proc_net_sockets(table, pcbs);
  return 0;
}

Sysret proc_net_file(std::string_view name, std::string& contents) {
  for (const FileRow& row : kFiles) {
    if (name != row.name) continue;
    return row.read == nullptr ? sockets_file(*find_socket_table(name), contents)
                               : row.read(contents);
  }
  return name.empty() ? -EISDIR : -ENOENT;
}

Sysret proc_net_directory(std::string_view name, std::vector<std::string>& names) {
  for (const FileRow& row : kFiles) {
    if (name == row.name) return -ENOTDIR;
    if (name.empty()) names.emplace_back(row.name);
  }
  return name.empty() ? 0 : -ENOENT;
}

}  // namespace

bool is_network_path(const char* path) {
  std::string_view rest;
  return path != nullptr && (is_proc_net(path, rest) || is_below(path, kSysClassNet, rest));
}

Sysret network_file(const char* path, std::string& contents) {
  if (path == nullptr) return -EFAULT;
  std::string_view rest;
  if (is_proc_net(path, rest)) return proc_net_file(rest, contents);
  if (!is_below(path, kSysClassNet, rest)) return -ENOENT;
  InterfaceList list;
  const Sysret result = read_interfaces(list);
  return result < 0 ? result : sys_class_net_file(list, rest, contents);
}

Sysret network_directory(const char* path, std::vector<std::string>& names) {
  if (path == nullptr) return -EFAULT;
  names.clear();
  std::string_view rest;
  if (is_proc_net(path, rest)) return proc_net_directory(rest, names);
  if (!is_below(path, kSysClassNet, rest)) return -ENOENT;
  InterfaceList list;
  const Sysret result = read_interfaces(list);
  return result < 0 ? result : sys_class_net_directory(list, rest, names);
}

}  // namespace farcall::personality
