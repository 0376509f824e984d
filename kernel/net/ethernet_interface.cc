#include "kernel/net/ethernet_interface.h"

#include <charconv>
#include <cstring>
#include <string>

#include "kernel/net/retransmissions.h"
#include "kernel/net/routes.h"
#include "kernel/net/stack.h"
#include "kernel/net/wire.h"
#include "netbsd/constants.h"
#include "rump/rumpuser.h"

namespace farcall::kernel {

namespace {

constexpr int kFlags = NB_IFF_BROADCAST | NB_IFF_SIMPLEX | NB_IFF_MULTICAST;

struct Driver {
  std::string_view prefix;
  Result<Ref<Wire>> (*open)(const std::string& link);
  bool link_is_open;  ///< processes may choose it
};

constexpr Driver kDrivers[] = {{"virt", open_tap_wire, true}, {"shmif", open_shmif_wire, false}};

class EthernetInterface final : public Interface {
 public:
  EthernetInterface(std::string_view name, const Driver& driver)
      : Interface(std::string(name), NB_IFT_ETHER, kFlags), driver_(driver) {
    std::size_t got = 0;
    rumpuser_getrandom(address_ + 2, sizeof address_ - 2, 0, &got);
  }
  ~EthernetInterface() override {
    remove_netifs();
    disconnect();
    if (listener_ != nullptr) listener_->interface_gone();
  }

  Result<void> connect(std::string_view link);
  void disconnect() {
    if (wire_) wire_->cut();
    wire_ = nullptr;
  }
  Result<void> set_flags(int flags) override;
  void input(std::span<const std::byte> frame);
  void set_listener(FrameListener* listener) { listener_ = listener; }
  [[nodiscard]] bool has_listener() const { return listener_ != nullptr; }

 protected:
  void setup(struct netif& netif, bool alias) override;
  unsigned largest_mtu() const override { return NB_ETHERMTU; }
  bool running() const override { return static_cast<bool>(wire_); }

 private:
  static err_t transmit(struct netif* netif, struct pbuf* frame);
  bool is_for_us(const eth_addr& destination) const;
  void share_arp(struct pbuf* frame);

  const Driver& driver_;
  std::uint8_t address_[6] = {0xb2, 0x0a};  // locally administered, one station
  Ref<Wire> wire_;
  FrameListener* listener_ = nullptr;
};

Result<void> EthernetInterface::connect(std::string_view link) {
  FARCALL_ASSIGN(Ref<Wire> wire, driver_.open(std::string(link)));
  disconnect();
  wire_ = std::move(wire);
  wire_->start(index());
  return {};
}

Result<void> EthernetInterface::set_flags(int flags) {
  FARCALL_TRY(Interface::set_flags(flags));
  StackScope scope;
  if ((flags & NB_IFF_UP) != 0 && ip6_addr_isinvalid(netif_ip6_addr_state(primary(), 0))) {
    netif_create_ip6_linklocal_address(primary(), 1);
  }
  return {};
}

void EthernetInterface::setup(struct netif& netif, bool alias) {
  netif.mtu = netif.mtu6 = static_cast<std::uint16_t>(alias ? primary()->mtu : NB_ETHERMTU);
  netif.hwaddr_len = sizeof address_;
  std::memcpy(netif.hwaddr, address_, sizeof address_);
  netif.flags |= NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
  if (!alias) netif.flags |= NETIF_FLAG_IGMP | NETIF_FLAG_MLD6;
  netif.input = ethernet_input;
  netif.linkoutput = transmit;
  netif.output = [](struct netif* self, struct pbuf* packet, const ip4_addr_t* destination) {
    const ip4_addr_t hop = next_hop(*destination);
    return output_counted(packet, [&] { return etharp_output(self, packet, &hop); });
  };
  netif.output_ip6 = [](struct netif* self, struct pbuf* packet, const ip6_addr_t* destination) {
    const ip6_addr_t hop = next_hop(*destination);
    return output_counted(packet, [&] { return ethip6_output(self, packet, &hop); });
  };
}

err_t EthernetInterface::transmit(struct netif* netif, struct pbuf* frame) {
  auto* self = static_cast<EthernetInterface*>(netif->state);
  const bool sent = self->wire_ && self->wire_->push(frame);
  self->count_output(frame->tot_len, !sent);
  return sent ? ERR_OK : ERR_IF;
}

/// A wire that several share carries the others' frames, too.
bool EthernetInterface::is_for_us(const eth_addr& destination) const {
  const bool group = (destination.addr[0] & 1) != 0;
  return group || std::memcmp(destination.addr, address_, sizeof address_) == 0;
}

// Each alias answers for its own address.
void EthernetInterface::share_arp(struct pbuf* frame) {
  struct eth_hdr header;
  if (pbuf_copy_partial(frame, &header, sizeof header, 0) != sizeof header) return;
  if (header.type != PP_HTONS(ETHTYPE_ARP)) return;
  for (const auto& slot : slots()) {
    if (!slot->alias) continue;
    struct pbuf* copy = pbuf_clone(PBUF_RAW, PBUF_RAM, frame);
    if (copy != nullptr && ethernet_input(copy, &slot->netif) != ERR_OK) pbuf_free(copy);
  }
}

void EthernetInterface::input(std::span<const std::byte> frame) {
  struct eth_hdr header;
  if ((flags() & NB_IFF_UP) == 0 || frame.size() < sizeof header) return;
  std::memcpy(&header, frame.data(), sizeof header);
  if (!is_for_us(header.dest)) return;
  const auto size = static_cast<u16_t>(frame.size());
  count_input(size);
  if (listener_ != nullptr && listener_->frame(frame)) return;
  struct pbuf* buffer = pbuf_alloc(PBUF_RAW, size, PBUF_RAM);
  if (buffer == nullptr) return;
  StackScope scope;
  pbuf_take(buffer, frame.data(), size);
  share_arp(buffer);
  if (primary()->input(buffer, primary()) != ERR_OK) pbuf_free(buffer);
}

/// The driver of the interfaces that have such names; nullptr: none has.
const Driver* driver_of(std::string_view name) {
  if (name.size() >= NB_IFNAMSIZ) return nullptr;
  for (const Driver& driver : kDrivers) {
    if (!name.starts_with(driver.prefix)) continue;
    const std::string_view digits = name.substr(driver.prefix.size());
    unsigned unit = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), unit);
    if (parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size()) return &driver;
  }
  return nullptr;
}

Result<EthernetInterface*> find(std::string_view name) {
  Interface* interface = interface_by_name(name);
  if (interface == nullptr) return Error{NB_ENXIO};
  if (driver_of(name) == nullptr) return Error{NB_EINVAL};
  return static_cast<EthernetInterface*>(interface);
}

}  // namespace

std::vector<std::string_view> ethernet_drivers() {
  std::vector<std::string_view> names;
  for (const Driver& driver : kDrivers) names.push_back(driver.prefix);
  return names;
}

Result<void> ethernet_create(std::string_view name) {
  const Driver* driver = driver_of(name);
  if (driver == nullptr) return Error{NB_EINVAL};
  if (interface_by_name(name) != nullptr) return Error{NB_EEXIST};
  interface_adopt(std::make_unique<EthernetInterface>(name, *driver));
  return {};
}

Result<void> ethernet_destroy(std::string_view name) {
  FARCALL_ASSIGN(EthernetInterface * interface, find(name));
  routes_forget(interface);
  interface_destroy(interface);
  return {};
}

Result<void> ethernet_set_link(std::string_view name, std::string_view link) {
  FARCALL_ASSIGN(EthernetInterface * interface, find(name));
  if (!link.empty()) return interface->connect(link);
  interface->disconnect();
  return {};
}

bool ethernet_link_is_open(const Interface& interface) {
  const Driver* driver = driver_of(interface.name());
  return driver != nullptr && driver->link_is_open;
}

bool is_ethernet(const Interface& interface) { return driver_of(interface.name()) != nullptr; }

void ethernet_listen(Interface& interface, FrameListener* listener) {
  static_cast<EthernetInterface&>(interface).set_listener(listener);
}

bool ethernet_has_listener(const Interface& interface) {
  return static_cast<const EthernetInterface&>(interface).has_listener();
}

void ethernet_send(Interface& interface, std::span<const std::byte> frame) {
  const auto size = static_cast<u16_t>(frame.size());
  struct pbuf* buffer = pbuf_alloc(PBUF_RAW, size, PBUF_RAM);
  if (buffer == nullptr) return;
  StackScope scope;
  pbuf_take(buffer, frame.data(), size);
  interface.primary()->linkoutput(interface.primary(), buffer);
  pbuf_free(buffer);
}

void ethernet_deliver(unsigned interface_index, std::span<const std::byte> frame) {
  Interface* interface = interface_by_index(interface_index);
  if (interface != nullptr) static_cast<EthernetInterface*>(interface)->input(frame);
}

}  // namespace farcall::kernel
