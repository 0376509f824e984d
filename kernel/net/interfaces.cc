// The list of all interfaces, and finding one.
#include <algorithm>

#include "kernel/net/address.h"
#include "kernel/net/interface.h"
#include "kernel/net/stack.h"
#include "netbsd/constants.h"

namespace farcall::kernel {

namespace {
using List = std::vector<std::unique_ptr<Interface>>;
List* all;  // never destroyed: the stack runs until the process ends

List& list() {
  if (all == nullptr) all = new List;
  return *all;
}

bool accept_advertisements = false;

void apply_accept_advertisements(Interface& interface) {
  if ((interface.flags() & NB_IFF_LOOPBACK) != 0) return;
  netif_set_ip6_autoconfig_enabled(interface.primary(), accept_advertisements ? 1 : 0);
}
}  // namespace

const List& interfaces() { return list(); }

Interface* interface_by_name(std::string_view name) {
  for (auto& interface : list()) {
    if (interface->name() == name) return interface.get();
  }
  return nullptr;
}

Interface* interface_by_index(unsigned index) {
  for (auto& interface : list()) {
    if (interface->index() == index) return interface.get();
  }
  return nullptr;
}

Interface* interface_of(const struct netif* netif) {
  return netif == nullptr ? nullptr : static_cast<Interface*>(netif->state);
}

struct netif* netif_with_address(const ip_addr_t& address) {
  for (struct netif* netif = netif_list; netif != nullptr; netif = netif->next) {
    if (!is_v4(address)) {
      const s8_t slot = netif_get_ip6_addr_match(netif, ip_2_ip6(&address));
      if (slot >= 0 && ip6_addr_isvalid(netif_ip6_addr_state(netif, slot))) return netif;
    } else if (!ip4_addr_isany_val(*ip_2_ip4(&address)) &&
               netif_ip4_addr(netif)->addr == ip_2_ip4(&address)->addr) {
      return netif;
    }
  }
  return nullptr;
}

Interface* interface_with_address(const ip_addr_t& address) {
  return interface_of(netif_with_address(address));
}

unsigned interface_index_of_zone(unsigned zone) {
  if (zone == IP6_NO_ZONE) return 0;
  const Interface* interface = interface_of(netif_get_by_index(static_cast<u8_t>(zone)));
  return interface == nullptr ? 0 : interface->index();
}

bool interfaces_accept_advertisements() { return accept_advertisements; }

void interfaces_set_accept_advertisements(bool accept) {
  accept_advertisements = accept;
  for (auto& interface : list()) apply_accept_advertisements(*interface);
}

Interface* interface_adopt(std::unique_ptr<Interface> interface) {
  unsigned index = 1;
  while (interface_by_index(index) != nullptr) ++index;
  StackScope scope;
  interface->attach(index);
  apply_accept_advertisements(*interface);
  Interface* adopted = interface.get();
  list().push_back(std::move(interface));
  std::ranges::sort(list(), {}, [](const auto& each) { return each->index(); });
  return adopted;
}

void interface_destroy(Interface* interface) {
  StackScope scope;
  std::erase_if(list(), [interface](const auto& each) { return each.get() == interface; });
}

}  // namespace farcall::kernel
