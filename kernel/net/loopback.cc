// lo0.
#include "kernel/net/loopback.h"

#include "kernel/net/interface.h"
#include "kernel/net/stack.h"
#include "netbsd/constants.h"

namespace farcall::kernel {

namespace {

constexpr std::uint16_t kDefaultMtu = 33648;  // NetBSD's

class Loopback final : public Interface {
 public:
  Loopback() : Interface("lo0", NB_IFT_LOOP, NB_IFF_LOOPBACK | NB_IFF_MULTICAST) {}

 protected:
  void setup(struct netif& netif, bool alias) override {
    netif.mtu = netif.mtu6 = alias ? primary()->mtu : kDefaultMtu;
    if (!alias) netif.flags |= NETIF_FLAG_IGMP | NETIF_FLAG_MLD6;
    netif.output = [](struct netif* self, struct pbuf* packet, const ip4_addr_t*) {
      return stack_loop(self, packet);
    };
    netif.output_ip6 = [](struct netif* self, struct pbuf* packet, const ip6_addr_t*) {
      return stack_loop(self, packet);
    };
  }
  unsigned largest_mtu() const override { return 65535; }
};

}  // namespace

Result<void> loopback_create() {
  Interface* lo0 = interface_adopt(std::make_unique<Loopback>());
  stack_set_loopback(lo0);
  ip4_addr_t address, mask;
  IP4_ADDR(&address, 127, 0, 0, 1);
  IP4_ADDR(&mask, 255, 0, 0, 0);
  FARCALL_TRY(lo0->add_ipv4({address, mask}));
  ip6_addr_t loopback = {};
  ip6_addr_set_loopback(&loopback);
  return lo0->add_ipv6(loopback, 128, true);
}

}  // namespace farcall::kernel
