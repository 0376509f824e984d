// Network interfaces as NetBSD sees them, on lwIP's netifs.
//
// A netif of lwIP has one IPv4 address. An interface here has one netif per IPv4 address: the
// first, its primary, also has the IPv6 addresses and is the one that packets come in by; the
// others are aliases that send through it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "farcall/result.h"
#include "kernel/net/lwip.h"
#include "netbsd/layouts.h"

namespace farcall::kernel {

struct InterfaceAddress4 {
  ip4_addr_t address;
  ip4_addr_t mask;
};

struct InterfaceAddress6 {
  ip6_addr_t address;
  int prefix;
  int flags;  ///< IN6_IFF_*
};

class Interface {
 public:
  virtual ~Interface();
  Interface(const Interface&) = delete;
  Interface& operator=(const Interface&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] unsigned index() const { return index_; }
  struct netif* primary() const {
    return &slots_.front()->netif;
  }
  [[nodiscard]] bool owns(const struct netif* netif) const { return netif->state == this; }

  /// IFF_*.
  [[nodiscard]] int flags() const;
  /// Takes IFF_UP and what else can change; the rest is ignored, as by NetBSD.
  virtual Result<void> set_flags(int flags);
  [[nodiscard]] unsigned mtu() const { return primary()->mtu; }
  /// NB_EINVAL outside of what the link can carry.
  Result<void> set_mtu(unsigned mtu);
  [[nodiscard]] netbsd::if_data data() const;
  void clear_counters();
  [[nodiscard]] std::span<const std::uint8_t> link_address() const;
  /// The address of family AF_LINK: index, type, name and hardware address.
  [[nodiscard]] netbsd::sockaddr_dl link_sockaddr() const;

  [[nodiscard]] std::vector<InterfaceAddress4> ipv4() const;
  /// An address that is there already gets the new mask. NB_ENOBUFS when lwIP has no room.
  Result<void> add_ipv4(const InterfaceAddress4& address);
  Result<void> remove_ipv4(const ip4_addr_t& address);  // NB_EADDRNOTAVAIL
  [[nodiscard]] ip4_addr_t broadcast(const InterfaceAddress4& address) const;
  [[nodiscard]] std::vector<InterfaceAddress6> ipv6() const;
  /// At most LWIP_IPV6_NUM_ADDRESSES of them: NB_ENOBUFS. It is checked for duplicates on the link
  /// unless `no_dad`.
  Result<void> add_ipv6(const ip6_addr_t& address, int prefix, bool no_dad);
  Result<void> remove_ipv6(const ip6_addr_t& address);  // NB_EADDRNOTAVAIL
  /// The prefix length of the address in that slot of the primary netif; 64 for one that lwIP
  /// configured by itself.
  [[nodiscard]] int ipv6_prefix(int slot) const {
    const int prefix = prefixes_[static_cast<std::size_t>(slot)];
    return prefix == 0 ? 64 : prefix;
  }

  void count_input(std::size_t bytes);
  void count_output(std::size_t bytes, bool failed);

  /// Gives it its index and its primary netif. Called once, by interface_adopt.
  void attach(unsigned index);

  int metric = 0;

 protected:
  /// `type` is IFT_*.
  Interface(std::string name, int type, int fixed_flags);
  /// Fills a new netif: output functions, hardware address, mtu, NETIF_FLAG_*. `alias` netifs have
  /// no IPv6.
  virtual void setup(struct netif& netif, bool alias) = 0;
  [[nodiscard]] virtual unsigned largest_mtu() const = 0;
  [[nodiscard]] virtual bool running() const { return true; }
  /// Takes its netifs out of lwIP. First in the destructor of a class whose output functions use
  /// its own members.
  void remove_netifs();
  [[nodiscard]] const auto& slots() const { return slots_; }
  struct Slot {
    bool alias;
    struct netif netif;
  };
  netbsd::if_data counters_ = {};

 private:
  static err_t init_netif(struct netif* netif);
  Slot* add_slot(const InterfaceAddress4& address);
  Slot* find_slot(const ip4_addr_t& address) const;

  std::string name_;
  unsigned index_ = 0;
  int fixed_flags_;
  bool up_ = false;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::array<std::uint8_t, LWIP_IPV6_NUM_ADDRESSES> prefixes_ = {};
};

/// All of them, by index. Interfaces live until interface_destroy.
const std::vector<std::unique_ptr<Interface>>& interfaces();
Interface* interface_by_name(std::string_view name);
Interface* interface_by_index(unsigned index);
Interface* interface_of(const struct netif* netif);
/// The one that has `address` as its own, nullptr if there is none. Zones of IPv6 addresses count.
Interface* interface_with_address(const ip_addr_t& address);
/// The netif that has it.
struct netif* netif_with_address(const ip_addr_t& address);
/// Between lwIP's zones, which are netif numbers, and NetBSD's scopes, which are interface indices;
/// 0 for neither.
unsigned interface_index_of_zone(unsigned zone);
/// Whether interfaces, but not lo0, take IPv6 addresses and routers from routers' advertisements.
bool interfaces_accept_advertisements();
void interfaces_set_accept_advertisements(bool accept);
/// Lists it under the lowest free index.
Interface* interface_adopt(std::unique_ptr<Interface> interface);
void interface_destroy(Interface* interface);

}  // namespace farcall::kernel
