#include "server/bridge_spec.h"

#include "server/kernel_symbol.h"

namespace farcall::server {

std::variant<BridgeSpec, Complaint> parse_bridge_spec(std::string_view text) {
  BridgeSpec spec;
  bool complete = true;
  for (std::size_t at = 0; at <= text.size();) {
    const auto member = text.substr(at, text.find(',', at) - at);
    complete = complete && !member.empty();
    spec.members.emplace_back(member);
    at += member.size() + 1;
  }
  if (complete && spec.members.size() >= 2) return spec;
  return Complaint{"'" + std::string(text) +
                   "' is no bridge: that is INTERFACE,INTERFACE[,INTERFACE]..., as shmif0,virt0"};
}

std::optional<Complaint> add_bridge(void* kernel, unsigned unit, const BridgeSpec& spec) {
  int (*ifcreate)(const char*) = nullptr;
  int (*bradd)(const char*, const char*) = nullptr;
  int (*ifup)(const char*) = nullptr;
  if (!take(kernel, "rump_pub_netconfig_ifcreate", ifcreate) ||
      !take(kernel, "rump_pub_netconfig_bradd", bradd) ||
      !take(kernel, "rump_pub_netconfig_ifup", ifup)) {
    return Complaint{"this kernel has no bridges; NetBSD's does (--kernel netbsd)"};
  }
  const std::string name = "bridge" + std::to_string(unit);
  const auto refused = [&](const std::string& what, int error) {
    return Complaint{name + ": " + what + ": NetBSD error " + std::to_string(error)};
  };
  if (const int error = ifcreate(name.c_str())) return refused("it cannot be made", error);
  for (const auto& member : spec.members) {
    if (const int error = bradd(name.c_str(), member.c_str())) {
      return refused("it does not take interface '" + member + "'", error);
    }
  }
  if (const int error = ifup(name.c_str())) return refused("it does not go up", error);
  return std::nullopt;
}

}  // namespace farcall::server
