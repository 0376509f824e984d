#include "interfaces.h"

#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <vector>

#include "shim/host/errno.h"
#include "shim/personality/personality.h"

namespace farcall::shim::network {

namespace {

using personality::Interface;
using personality::InterfaceAddress;

/// One element of getifaddrs(3)'s list, with all that it points to. freeifaddrs(3) frees the list
/// as one block.
struct Node {
  ifaddrs entry;
  char name[IF_NAMESIZE];
  sockaddr_storage address;
  sockaddr_storage netmask;
  sockaddr_storage broadcast;
};

sockaddr* known_or_null(sockaddr_storage& address) {
  return address.ss_family != AF_UNSPEC ? reinterpret_cast<sockaddr*>(&address) : nullptr;
}

void fill(Node& node, const InterfaceAddress& from, Node* next) {
  from.name.copy(node.name, sizeof node.name - 1);
  node.address = from.address;
  node.netmask = from.netmask;
  node.broadcast = from.broadcast;
  node.entry.ifa_next = next != nullptr ? &next->entry : nullptr;
  node.entry.ifa_name = node.name;
  node.entry.ifa_flags = from.flags;
  node.entry.ifa_addr = known_or_null(node.address);
  node.entry.ifa_netmask = known_or_null(node.netmask);
  node.entry.ifa_broadaddr = known_or_null(node.broadcast);
}

/// The kernel's interfaces; none and errno when it does not answer.
std::vector<Interface> interfaces() {
  std::vector<Interface> all;
  const long result = personality::interfaces(all);
  if (is_error(result)) {
    all.clear();
    errno = static_cast<int>(-result);
  }
  return all;
}

}  // namespace

int get_addresses(ifaddrs** list) {
  std::vector<InterfaceAddress> addresses;
  const long result = personality::interface_addresses(addresses);
  if (is_error(result)) return static_cast<int>(sysret(result));
  *list = nullptr;
  if (addresses.empty()) return 0;
  auto* nodes = static_cast<Node*>(calloc(addresses.size(), sizeof(Node)));
  if (nodes == nullptr) return -1;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    fill(nodes[i], addresses[i], i + 1 < addresses.size() ? &nodes[i + 1] : nullptr);
  }
  *list = &nodes->entry;
  return 0;
}

unsigned name_to_index(const char* name) {
  const std::vector<Interface> all = interfaces();
  const auto found = std::ranges::find(all, name, &Interface::name);
  if (found != all.end()) return found->index;
  errno = ENODEV;
  return 0;
}

char* index_to_name(unsigned index, char* name) {
  const std::vector<Interface> all = interfaces();
  const auto found = std::ranges::find(all, index, &Interface::index);
  if (found == all.end()) {
    errno = ENXIO;
    return nullptr;
  }
  name[found->name.copy(name, IF_NAMESIZE - 1)] = '\0';
  return name;
}

struct if_nameindex* name_index() {
  errno = 0;
  const std::vector<Interface> all = interfaces();
  if (all.empty() && errno != 0) return nullptr;
  auto* list =
      static_cast<struct if_nameindex*>(calloc(all.size() + 1, sizeof(struct if_nameindex)));
  if (list == nullptr) return nullptr;
  for (std::size_t i = 0; i < all.size(); ++i) {
    list[i].if_index = all[i].index;
    list[i].if_name = strdup(all[i].name.c_str());
    if (list[i].if_name != nullptr) continue;
    if_freenameindex(list);
    return nullptr;
  }
  return list;
}

}  // namespace farcall::shim::network
