#include "kernel/net/interface.h"

#include <algorithm>
#include <cstring>

#include "kernel/core/cpu.h"
#include "kernel/net/address.h"
#include "kernel/net/stack.h"
#include "netbsd/constants.h"

namespace farcall::kernel {

namespace {
/// IPv6's minimum is 1280, but an interface may also be without IPv6; IPv4 must carry this much
/// (RFC 791).
constexpr unsigned kSmallestMtu = 72;
constexpr int kChangeableFlags =
    NB_IFF_DEBUG | NB_IFF_LINK0 | NB_IFF_LINK1 | NB_IFF_LINK2 | NB_IFF_PROMISC | NB_IFF_NOARP;

int ipv6_flags(const struct netif* netif, int slot) {
  const std::uint8_t state = netif_ip6_addr_state(netif, slot);
  if (ip6_addr_isduplicated(state)) return NB_IN6_IFF_DUPLICATED;
  if (ip6_addr_istentative(state)) return NB_IN6_IFF_TENTATIVE;
  return ip6_addr_isdeprecated(state) ? NB_IN6_IFF_DEPRECATED : 0;
}
}  // namespace

Interface::Interface(std::string name, int type, int fixed_flags)
    : name_(std::move(name)), fixed_flags_(fixed_flags) {
  counters_.ifi_type = static_cast<unsigned char>(type);
}

Interface::~Interface() { remove_netifs(); }

void Interface::remove_netifs() {
  for (auto& slot : slots_) netif_remove(&slot->netif);
  slots_.clear();
}

err_t Interface::init_netif(struct netif* netif) {
  auto* self = static_cast<Interface*>(netif->state);
  std::memcpy(netif->name, self->name_.data(), 2);
  self->setup(*netif, netif != self->primary());
  return ERR_OK;
}

Interface::Slot* Interface::add_slot(const InterfaceAddress4& address) {
  slots_.push_back(std::unique_ptr<Slot>(new Slot{!slots_.empty(), {}}));
  struct netif* netif = &slots_.back()->netif;
  if (netif_add(netif, &address.address, &address.mask, IP4_ADDR_ANY4, this, init_netif,
                ip_input) == nullptr) {
    slots_.pop_back();
    return nullptr;
  }
  netif_set_link_up(netif);
  if (up_) netif_set_up(netif);
  return slots_.back().get();
}

void Interface::attach(unsigned index) {
  index_ = index;
  add_slot({*IP4_ADDR_ANY4, *IP4_ADDR_ANY4});
}

int Interface::flags() const {
  int flags = fixed_flags_;
  if (up_) flags |= NB_IFF_UP;
  if (up_ && running()) flags |= NB_IFF_RUNNING;
  return flags;
}

Result<void> Interface::set_flags(int flags) {
  StackScope scope;
  up_ = (flags & NB_IFF_UP) != 0;
  fixed_flags_ = (fixed_flags_ & ~kChangeableFlags) | (flags & kChangeableFlags);
  for (auto& slot : slots_) {
    if (up_) {
      netif_set_up(&slot->netif);
    } else {
      netif_set_down(&slot->netif);
    }
  }
  return {};
}

Result<void> Interface::set_mtu(unsigned mtu) {
  if (mtu < kSmallestMtu || mtu > largest_mtu()) return Error{NB_EINVAL};
  for (auto& slot : slots_) {
    slot->netif.mtu = static_cast<std::uint16_t>(mtu);
    slot->netif.mtu6 = static_cast<std::uint16_t>(mtu);
  }
  return {};
}

netbsd::if_data Interface::data() const {
  netbsd::if_data data = counters_;
  data.ifi_addrlen = primary()->hwaddr_len;
  data.ifi_hdrlen = data.ifi_type == NB_IFT_ETHER ? 14 : 0;
  data.ifi_link_state = 2;  // LINK_STATE_UP
  data.ifi_mtu = primary()->mtu;
  data.ifi_metric = static_cast<unsigned long>(metric);
  return data;
}

void Interface::clear_counters() {
  const unsigned char type = counters_.ifi_type;
  counters_ = {};
  counters_.ifi_type = type;
}

std::span<const std::uint8_t> Interface::link_address() const {
  return {primary()->hwaddr, primary()->hwaddr_len};
}

netbsd::sockaddr_dl Interface::link_sockaddr() const {
  netbsd::sockaddr_dl link = {};
  link.sdl_len = sizeof link;
  link.sdl_family = NB_AF_LINK;
  link.sdl_index = static_cast<unsigned short>(index_);
  auto& address = link.sdl_addr;
  address.dl_type = counters_.ifi_type;
  const auto hardware = link_address();
  const std::size_t room = sizeof address.dl_data - hardware.size();
  address.dl_nlen = static_cast<unsigned char>(std::min(name_.size(), room));
  address.dl_alen = static_cast<unsigned char>(hardware.size());
  std::memcpy(address.dl_data, name_.data(), address.dl_nlen);
  std::memcpy(address.dl_data + address.dl_nlen, hardware.data(), hardware.size());
  return link;
}

std::vector<InterfaceAddress4> Interface::ipv4() const {
  std::vector<InterfaceAddress4> result;
  for (const auto& slot : slots_) {
    const struct netif* netif = &slot->netif;
    if (ip4_addr_isany_val(*netif_ip4_addr(netif))) continue;
    result.push_back({*netif_ip4_addr(netif), *netif_ip4_netmask(netif)});
  }
  return result;
}

Interface::Slot* Interface::find_slot(const ip4_addr_t& address) const {
  for (const auto& slot : slots_) {
    if (netif_ip4_addr(&slot->netif)->addr == address.addr) return slot.get();
  }
  return nullptr;
}

Result<void> Interface::add_ipv4(const InterfaceAddress4& address) {
  StackScope scope;
  if (Slot* existing = find_slot(address.address)) {
    netif_set_netmask(&existing->netif, &address.mask);
  } else if (Slot* unused = find_slot(*IP4_ADDR_ANY4)) {
    netif_set_addr(&unused->netif, &address.address, &address.mask, IP4_ADDR_ANY4);
  } else if (add_slot(address) == nullptr) {
    return Error{NB_ENOBUFS};
  }
  return set_flags(flags() | NB_IFF_UP);
}

Result<void> Interface::remove_ipv4(const ip4_addr_t& address) {
  Slot* slot = ip4_addr_isany_val(address) ? nullptr : find_slot(address);
  if (slot == nullptr) return Error{NB_EADDRNOTAVAIL};
  StackScope scope;
  if (!slot->alias) {
    netif_set_addr(&slot->netif, IP4_ADDR_ANY4, IP4_ADDR_ANY4, IP4_ADDR_ANY4);
    return {};
  }
  netif_remove(&slot->netif);
  std::erase_if(slots_, [slot](const auto& candidate) { return candidate.get() == slot; });
  return {};
}

ip4_addr_t Interface::broadcast(const InterfaceAddress4& address) const {
  return ip4_addr_t{address.address.addr | ~address.mask.addr};
}

std::vector<InterfaceAddress6> Interface::ipv6() const {
  std::vector<InterfaceAddress6> result;
  const struct netif* netif = primary();
  for (int slot = 0; slot < LWIP_IPV6_NUM_ADDRESSES; ++slot) {
    if (ip6_addr_isinvalid(netif_ip6_addr_state(netif, slot))) continue;
    result.push_back({*netif_ip6_addr(netif, slot), ipv6_prefix(slot), ipv6_flags(netif, slot)});
  }
  return result;
}

Result<void> Interface::add_ipv6(const ip6_addr_t& address, int prefix, bool no_dad) {
  StackScope scope;
  ip6_addr_t zoned = address;
  ip6_addr_assign_zone(&zoned, IP6_UNKNOWN, primary());
  s8_t slot = netif_get_ip6_addr_match(primary(), &zoned);
  if (slot < 0) {
    if (netif_add_ip6_address(primary(), &zoned, &slot) != ERR_OK) return Error{NB_ENOBUFS};
    if (no_dad) netif_ip6_addr_set_state(primary(), slot, IP6_ADDR_PREFERRED);
  }
  prefixes_[static_cast<std::uint8_t>(slot)] = static_cast<std::uint8_t>(prefix);
  return set_flags(flags() | NB_IFF_UP);
}

Result<void> Interface::remove_ipv6(const ip6_addr_t& address) {
  struct netif* netif = primary();
  for (s8_t slot = 0; slot < LWIP_IPV6_NUM_ADDRESSES; ++slot) {
    if (ip6_addr_isinvalid(netif_ip6_addr_state(netif, slot))) continue;
    if (!ip6_addr_cmp_zoneless(netif_ip6_addr(netif, slot), &address)) continue;
    StackScope scope;
    netif_ip6_addr_set_state(netif, slot, IP6_ADDR_INVALID);
    prefixes_[static_cast<std::uint8_t>(slot)] = 0;
    return {};
  }
  return Error{NB_EADDRNOTAVAIL};
}

void Interface::count_input(std::size_t bytes) {
  ++counters_.ifi_ipackets;
  counters_.ifi_ibytes += bytes;
}

void Interface::count_output(std::size_t bytes, bool failed) {
  if (failed) {
    ++counters_.ifi_oerrors;
    return;
  }
  ++counters_.ifi_opackets;
  counters_.ifi_obytes += bytes;
}

}  // namespace farcall::kernel
