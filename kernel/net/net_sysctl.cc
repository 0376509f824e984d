#include "kernel/net/net_sysctl.h"

#include <cstring>

#include "farcall/sysctl_names.h"
#include "kernel/core/proc.h"
#include "kernel/core/sysctl.h"
#include "kernel/net/route_messages.h"
#include "netbsd/constants.h"

namespace farcall::kernel {

namespace {

/// A node that tells a number and takes none.
struct NumberNode {
  int path[4];
  const char* name;
  int value;
};

constexpr int kIpv6Forwarding = 1;       // IPV6CTL_FORWARDING
constexpr int kIpv6Advertisements = 12;  // IPV6CTL_ACCEPT_RTADV
constexpr int kEphemeralFirst = 49152, kEphemeralLast = 65535;

constexpr NumberNode kNumbers[] = {
    {{NB_CTL_NET, NB_PF_INET, NB_IPPROTO_IP, NB_IPCTL_DEFTTL}, "ttl", 64},
    {{NB_CTL_NET, NB_PF_INET, NB_IPPROTO_IP, NB_IPCTL_ANONPORTMIN}, "anonportmin", kEphemeralFirst},
    {{NB_CTL_NET, NB_PF_INET, NB_IPPROTO_IP, NB_IPCTL_ANONPORTMAX}, "anonportmax", kEphemeralLast},
    {{NB_CTL_NET, NB_PF_INET, NB_IPPROTO_TCP, NB_TCPCTL_SENDSPACE}, "sendspace", 65535},
    {{NB_CTL_NET, NB_PF_INET, NB_IPPROTO_TCP, NB_TCPCTL_RECVSPACE}, "recvspace", 65535},
    {{NB_CTL_NET, NB_PF_INET, NB_IPPROTO_UDP, NB_UDPCTL_SENDSPACE}, "sendspace", 65535},
    {{NB_CTL_NET, NB_PF_INET, NB_IPPROTO_UDP, NB_UDPCTL_RECVSPACE}, "recvspace", 512 << 10},
};

template <std::size_t i>
Result<void> tell(SysctlRequest& request) {
  if (!request.rest.empty()) return Error{NB_ENOENT};
  if (!request.new_value.empty()) return Error{NB_EPERM};
  sysctl_put(request, &kNumbers[i].value, sizeof kNumbers[i].value);
  return {};
}

template <std::size_t... i>
void register_numbers(std::index_sequence<i...>) {
  (sysctl_register(kNumbers[i].path, tell<i>), ...);
  (sysctl_describe(kNumbers[i].path, kNumbers[i].name, SysctlType::integer), ...);
}

struct Directory {
  int path[3];
  std::size_t depth;
  const char* name;
};

constexpr Directory kDirectories[] = {
    {{NB_CTL_NET}, 1, "net"},
    {{NB_CTL_NET, NB_PF_ROUTE}, 2, "route"},
    {{NB_CTL_NET, NB_PF_INET}, 2, "inet"},
    {{NB_CTL_NET, NB_PF_INET6}, 2, "inet6"},
    {{NB_CTL_NET, NB_PF_INET, NB_IPPROTO_IP}, 3, "ip"},
    {{NB_CTL_NET, NB_PF_INET, NB_IPPROTO_TCP}, 3, "tcp"},
    {{NB_CTL_NET, NB_PF_INET, NB_IPPROTO_UDP}, 3, "udp"},
    {{NB_CTL_NET, NB_PF_INET, NB_IPPROTO_RAW}, 3, "raw"},
    {{NB_CTL_NET, NB_PF_INET6, NB_IPPROTO_IPV6}, 3, "ip6"},
    {{NB_CTL_NET, NB_PF_INET6, NB_IPPROTO_TCP}, 3, "tcp6"},
    {{NB_CTL_NET, NB_PF_INET6, NB_IPPROTO_UDP}, 3, "udp6"},
    {{NB_CTL_NET, NB_PF_INET6, NB_IPPROTO_RAW}, 3, "raw6"},
};

Result<void> get_or_set(SysctlRequest& request, int& value) {
  if (!request.rest.empty()) return Error{NB_ENOENT};
  sysctl_put(request, &value, sizeof value);
  if (request.new_value.empty()) return {};
  if (!current_process().credentials.superuser()) return Error{NB_EPERM};
  if (request.new_value.size() != sizeof value) return Error{NB_EINVAL};
  int wanted = 0;
  std::memcpy(&wanted, request.new_value.data(), sizeof wanted);
  if (wanted != 0 && wanted != 1) return Error{NB_EINVAL};
  value = wanted;
  return {};
}

void register_forwarding() {
  constexpr int kV4[] = {NB_CTL_NET, NB_PF_INET, NB_IPPROTO_IP, NB_IPCTL_FORWARDING};
  constexpr int kV6[] = {NB_CTL_NET, NB_PF_INET6, NB_IPPROTO_IPV6, kIpv6Forwarding};
  sysctl_register(kV4, [](SysctlRequest& request) { return get_or_set(request, forwarding().v4); });
  sysctl_register(kV6, [](SysctlRequest& request) { return get_or_set(request, forwarding().v6); });
  sysctl_describe(kV4, "forwarding", SysctlType::integer);
  sysctl_describe(kV6, "forwarding", SysctlType::integer);
}

/// The string that clients keep here (sysctl_names.h); its last byte stays 0.
char labels[kSysctlLabelsSize];

Result<void> get_or_set_labels(SysctlRequest& request) {
  if (!request.rest.empty()) return Error{NB_ENOENT};
  sysctl_put(request, labels, std::strlen(labels) + 1);
  if (request.new_value.empty()) return {};
  if (!current_process().credentials.superuser()) return Error{NB_EPERM};
  if (request.new_value.size() > sizeof labels) return Error{NB_EINVAL};
  std::memset(labels, 0, sizeof labels);
  std::memcpy(labels, request.new_value.data(), request.new_value.size());
  labels[sizeof labels - 1] = '\0';
  return {};
}

void register_labels() {
  constexpr int kPath[] = {NB_CTL_VENDOR, kSysctlLabels};
  sysctl_describe({kPath, 1}, "vendor", SysctlType::node);
  sysctl_register(kPath, get_or_set_labels);
  sysctl_describe(kPath, kSysctlLabelsName, SysctlType::string);
}

Result<void> advertisements(SysctlRequest& request) {
  int accept = interfaces_accept_advertisements();
  FARCALL_TRY(get_or_set(request, accept));
  if (!request.new_value.empty()) interfaces_set_accept_advertisements(accept != 0);
  return {};
}

void register_advertisements() {
  constexpr int kPath[] = {NB_CTL_NET, NB_PF_INET6, NB_IPPROTO_IPV6, kIpv6Advertisements};
  sysctl_register(kPath, advertisements);
  sysctl_describe(kPath, "accept_rtadv", SysctlType::integer);
}

void dump_routes(RouteBytes& out, int family, int wanted_flags) {
  for (const Route& route : routes_all()) {
    const int route_family = IP_IS_V4_VAL(route.destination) ? NB_AF_INET : NB_AF_INET6;
    if (family != NB_AF_UNSPEC && family != route_family) continue;
    if (wanted_flags != 0 && (route.flags & wanted_flags) == 0) continue;
    append_route(out, NB_RTM_GET, route);
  }
}

/// net.route.0.FAMILY.OPERATION.ARGUMENT
Result<void> dump(SysctlRequest& request) {
  if (request.rest.size() != 4) return Error{NB_EINVAL};
  if (!request.new_value.empty()) return Error{NB_EPERM};
  const int family = request.rest[1], argument = request.rest[3];
  switch (request.rest[2]) {
    case NB_NET_RT_DUMP:
      dump_routes(request.old_value, family, 0);
      append_neighbours(request.old_value, family);
      return {};
    case NB_NET_RT_FLAGS:
      dump_routes(request.old_value, family, argument);
      if ((argument & NB_RTF_LLDATA) != 0) append_neighbours(request.old_value, family);
      return {};
    case NB_NET_RT_IFLIST:
      for (const auto& interface : interfaces()) {
        if (argument != 0 && interface->index() != static_cast<unsigned>(argument)) continue;
        append_interface(request.old_value, *interface, family);
      }
      return {};
    default:
      return Error{NB_EINVAL};
  }
}

}  // namespace

void net_sysctl_init() {
  for (const Directory& each : kDirectories) {
    sysctl_describe({each.path, each.depth}, each.name, SysctlType::node);
  }
  constexpr int kRoute[] = {NB_CTL_NET, NB_PF_ROUTE};
  sysctl_register(kRoute, dump);
  register_numbers(std::make_index_sequence<std::size(kNumbers)>{});
  register_forwarding();
  register_labels();
  register_advertisements();
  pcb_sysctl_init();
}

}  // namespace farcall::kernel
