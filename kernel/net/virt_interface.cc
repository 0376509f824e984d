#include "kernel/net/virt_interface.h"

#include <charconv>
#include <cstring>
#include <deque>
#include <string>

#include "kernel/core/cpu.h"
#include "kernel/core/ref.h"
#include "kernel/net/interface.h"
#include "kernel/net/routes.h"
#include "kernel/net/stack.h"
#include "netbsd/constants.h"
#include "rump/rumpuser.h"

namespace farcall::kernel {

namespace {

constexpr std::string_view kPrefix = "virt";
constexpr std::size_t kFrameSize = 2048;
constexpr std::size_t kTransmitLimit = 512;
constexpr int kFlags = NB_IFF_BROADCAST | NB_IFF_SIMPLEX | NB_IFF_MULTICAST;

class VirtInterface;

/// The open device. Its two threads and the interface share it; the last one closes it. The thread
/// that waits for a frame learns only from the next one that it is no longer wanted.
class Wire : public RefCounted {
 public:
  Wire(int fd, unsigned interface_index) : fd_(fd), interface_index_(interface_index) {}
  ~Wire() override {
    while (!queue_.empty()) pop();
    rumpuser_close(fd_);
  }

  void start() {
    retain();
    kthread_create(receive_thread, this, "virtrx");
    retain();
    kthread_create(transmit_thread, this, "virttx");
  }
  void cut() {
    cut_ = true;
    wake_.wake_all();
  }
  /// Takes a copy of the frame; false when too many wait already.
  bool push(struct pbuf* frame) {
    if (queue_.size() == kTransmitLimit) return false;
    struct pbuf* copy = pbuf_clone(PBUF_RAW, PBUF_RAM, frame);
    if (copy == nullptr) return false;
    queue_.push_back(copy);
    wake_.wake_all();
    return true;
  }

 private:
  static void receive_thread(void* self);
  static void transmit_thread(void* self);
  void pop() {
    pbuf_free(queue_.front());
    queue_.pop_front();
  }

  int fd_;
  unsigned interface_index_;
  bool cut_ = false;
  std::deque<struct pbuf*> queue_;
  WaitQueue wake_;
};

class VirtInterface final : public Interface {
 public:
  explicit VirtInterface(std::string_view name)
      : Interface(std::string(name), NB_IFT_ETHER, kFlags) {
    std::size_t got = 0;
    rumpuser_getrandom(address_ + 2, sizeof address_ - 2, 0, &got);
  }
  ~VirtInterface() override {
    remove_netifs();
    disconnect();
  }

  Result<void> connect(std::string_view link);
  void disconnect() {
    if (wire_) wire_->cut();
    wire_ = nullptr;
  }
  Result<void> set_flags(int flags) override;
  void input(const void* frame, std::size_t size);

 protected:
  void setup(struct netif& netif, bool alias) override;
  unsigned largest_mtu() const override { return NB_ETHERMTU; }
  bool running() const override { return static_cast<bool>(wire_); }

 private:
  static err_t transmit(struct netif* netif, struct pbuf* frame);
  void share_arp(struct pbuf* frame);

  std::uint8_t address_[6] = {0xb2, 0x0a};  // locally administered, one station
  Ref<Wire> wire_;
};

void Wire::receive_thread(void* self) {
  Ref<Wire> wire(static_cast<Wire*>(self));
  wire->release();  // the count that start() took for this thread
  std::byte frame[kFrameSize];
  while (!wire->cut_) {
    rumpuser_iovec iovec = {frame, sizeof frame};
    std::size_t size = 0;
    const int error = rumpuser_iovread(wire->fd_, &iovec, 1, RUMPUSER_IOV_NOSEEK, &size);
    if (error != 0) {
      rumpuser_dprintf("virt: reading from the host's device failed (error %d); it is deaf now\n",
                       error);
      return;
    }
    if (wire->cut_) return;
    auto* interface = static_cast<VirtInterface*>(interface_by_index(wire->interface_index_));
    if (interface != nullptr) interface->input(frame, size);
  }
}

void Wire::transmit_thread(void* self) {
  Ref<Wire> wire(static_cast<Wire*>(self));
  wire->release();
  while (!wire->cut_) {
    if (wire->queue_.empty()) {
      wire->wake_.sleep_uninterruptible();
      continue;
    }
    struct pbuf* frame = wire->queue_.front();
    wire->queue_.pop_front();
    const rumpuser_iovec iovec = {frame->payload, frame->len};
    std::size_t written = 0;
    rumpuser_iovwrite(wire->fd_, &iovec, 1, RUMPUSER_IOV_NOSEEK, &written);
    pbuf_free(frame);
  }
}

Result<void> VirtInterface::connect(std::string_view link) {
  const std::string name = "tap:" + std::string(link);
  int fd = -1;
  if (int error = rumpuser_open(name.c_str(), RUMPUSER_OPEN_RDWR, &fd)) return Error{error};
  disconnect();
  wire_ = make_ref<Wire>(fd, index());
  wire_->start();
  return {};
}

Result<void> VirtInterface::set_flags(int flags) {
  FARCALL_TRY(Interface::set_flags(flags));
  StackScope scope;
  if ((flags & NB_IFF_UP) != 0 && ip6_addr_isinvalid(netif_ip6_addr_state(primary(), 0))) {
    netif_create_ip6_linklocal_address(primary(), 1);
  }
  return {};
}

void VirtInterface::setup(struct netif& netif, bool alias) {
  netif.mtu = netif.mtu6 = static_cast<std::uint16_t>(alias ? primary()->mtu : NB_ETHERMTU);
  netif.hwaddr_len = sizeof address_;
  std::memcpy(netif.hwaddr, address_, sizeof address_);
  netif.flags |= NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
  if (!alias) netif.flags |= NETIF_FLAG_IGMP | NETIF_FLAG_MLD6;
  netif.input = ethernet_input;
  netif.linkoutput = transmit;
  netif.output = [](struct netif* self, struct pbuf* packet, const ip4_addr_t* destination) {
    const ip4_addr_t hop = next_hop(*destination);
    return etharp_output(self, packet, &hop);
  };
  netif.output_ip6 = [](struct netif* self, struct pbuf* packet, const ip6_addr_t* destination) {
    const ip6_addr_t hop = next_hop(*destination);
    return ethip6_output(self, packet, &hop);
  };
}

err_t VirtInterface::transmit(struct netif* netif, struct pbuf* frame) {
  auto* self = static_cast<VirtInterface*>(netif->state);
  const bool sent = self->wire_ && self->wire_->push(frame);
  self->count_output(frame->tot_len, !sent);
  return sent ? ERR_OK : ERR_IF;
}

// Each alias answers for its own address.
void VirtInterface::share_arp(struct pbuf* frame) {
  struct eth_hdr header;
  if (pbuf_copy_partial(frame, &header, sizeof header, 0) != sizeof header) return;
  if (header.type != PP_HTONS(ETHTYPE_ARP)) return;
  for (const auto& slot : slots()) {
    if (!slot->alias) continue;
    struct pbuf* copy = pbuf_clone(PBUF_RAW, PBUF_RAM, frame);
    if (copy != nullptr && ethernet_input(copy, &slot->netif) != ERR_OK) pbuf_free(copy);
  }
}

void VirtInterface::input(const void* frame, std::size_t size) {
  if ((flags() & NB_IFF_UP) == 0) return;
  struct pbuf* buffer = pbuf_alloc(PBUF_RAW, static_cast<u16_t>(size), PBUF_RAM);
  if (buffer == nullptr) return;
  StackScope scope;
  pbuf_take(buffer, frame, static_cast<u16_t>(size));
  count_input(size);
  share_arp(buffer);
  if (primary()->input(buffer, primary()) != ERR_OK) pbuf_free(buffer);
}

bool is_virt_name(std::string_view name) {
  if (!name.starts_with(kPrefix) || name.size() >= NB_IFNAMSIZ) return false;
  const std::string_view digits = name.substr(kPrefix.size());
  unsigned unit = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), unit);
  return parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size();
}

Result<VirtInterface*> find(std::string_view name) {
  Interface* interface = interface_by_name(name);
  if (interface == nullptr) return Error{NB_ENXIO};
  if (!is_virt_name(name)) return Error{NB_EINVAL};
  return static_cast<VirtInterface*>(interface);
}

}  // namespace

Result<void> virt_create(std::string_view name) {
  if (!is_virt_name(name)) return Error{NB_EINVAL};
  if (interface_by_name(name) != nullptr) return Error{NB_EEXIST};
  interface_adopt(std::make_unique<VirtInterface>(name));
  return {};
}

Result<void> virt_destroy(std::string_view name) {
  FARCALL_ASSIGN(VirtInterface * interface, find(name));
  routes_forget(interface);
  interface_destroy(interface);
  return {};
}

Result<void> virt_set_link(std::string_view name, std::string_view link) {
  FARCALL_ASSIGN(VirtInterface * interface, find(name));
  if (!link.empty()) return interface->connect(link);
  interface->disconnect();
  return {};
}

}  // namespace farcall::kernel
