#include "kernel/net/dhcp.h"

#include <algorithm>
#include <memory>

#include "kernel/net/address.h"
#include "kernel/net/dhcp_client.h"
#include "kernel/net/routes.h"
#include "netbsd/constants.h"
#include "rump/rumpuser.h"

namespace farcall::kernel {

namespace {

constexpr std::uint32_t kForEver = 0xffffffff;
/// RFC 2131: a question is not repeated sooner, unless the time is over before.
constexpr Nanoseconds kLeastPause = 60 * kSecond;

/// A lease as times of the monotonic clock.
struct Times {
  Nanoseconds renew, rebind, end;

  Times(const DhcpMessage& lease, Nanoseconds since)
      : renew(lease.renewal_time), rebind(lease.rebinding_time), end(lease.lease_time) {
    // In eighths of seconds, since these are what servers leave to clients.
    renew *= 8, rebind *= 8, end *= 8;
    if (renew == 0 || renew > end) renew = end / 2;
    if (rebind < renew || rebind > end) rebind = std::max(renew, end / 8 * 7);
    for (Nanoseconds* time : {&renew, &rebind, &end}) *time = since + *time * (kSecond / 8);
  }
};

class LeaseKeeper {
 public:
  explicit LeaseKeeper(Interface& interface) : client_(interface) {}

  /// Gets a lease and gives the interface its address.
  Result<void> begin() {
    const Nanoseconds asked = monotonic_now();
    FARCALL_ASSIGN(const DhcpMessage lease, client_.find_lease());
    accept(lease, asked);
    FARCALL_TRY(client_.interface()->add_ipv4({{lease_.address}, {lease_.mask}}));
    if (lease_.router == 0) return {};
    const auto routed = route_add(any_address(NB_AF_INET), 0, ip_from(ip4_addr_t{lease_.router}));
    routed_ = static_cast<bool>(routed);
    return routed.code() == NB_EEXIST ? Result<void>() : routed;
  }
  [[nodiscard]] bool ends() const {
    return lease_.lease_time != 0 && lease_.lease_time != kForEver;
  }

  static void keep(void* self) {
    const std::unique_ptr<LeaseKeeper> keeper(static_cast<LeaseKeeper*>(self));
    while (keeper->hold()) {
      keeper->give_up();
      if (!keeper->begin_again()) return;
    }
  }

 private:
  void accept(const DhcpMessage& lease, Nanoseconds asked) {
    lease_ = lease;
    times_ = Times(lease, asked);
  }

  [[nodiscard]] bool has_address() const {
    return std::ranges::any_of(client_.interface()->ipv4(), [this](const auto& one) {
      return one.address.addr == lease_.address;
    });
  }

  /// Until the lease has ended. False: nobody wants it kept.
  bool hold() {
    for (;;) {
      if (!client_.sleep_until(times_.renew) || !has_address() || !ends()) return false;
      const DhcpServer giver = {lease_.server, lease_.station};
      Result<bool> extended = extend(times_.rebind, giver);
      if (extended && !*extended && !refused_) extended = extend(times_.end, std::nullopt);
      if (!extended) return false;
      if (!*extended) return true;
    }
  }

  /// Asks until then. Whether the lease was extended.
  Result<bool> extend(Nanoseconds until, const std::optional<DhcpServer>& server) {
    refused_ = false;
    while (!refused_ && monotonic_now() < until) {
      const Nanoseconds now = monotonic_now();
      const Nanoseconds deadline = std::min(now + std::max((until - now) / 2, kLeastPause), until);
      const DhcpMessage question = {.type = DhcpType::request, .held = lease_.address};
      FARCALL_ASSIGN(const auto answer, client_.ask(question, deadline, server));
      refused_ = answer && (answer->type == DhcpType::nak || answer->address != lease_.address);
      if (!answer || refused_) continue;
      accept(*answer, now);
      return true;
    }
    return false;
  }

  void give_up() {
    Interface& interface = *client_.interface();
    rumpuser_dprintf("%s: the lease of its address has ended\n", interface.name().c_str());
    // Somebody may have taken either away before.
    static_cast<void>(interface.remove_ipv4({lease_.address}));
    const ip_addr_t router = ip_from(ip4_addr_t{lease_.router});
    const bool still_there = std::ranges::any_of(routes_all(), [&](const Route& route) {
      return route.prefix == 0 && (route.flags & NB_RTF_GATEWAY) != 0 &&
             ip_addr_cmp(&route.gateway, &router) != 0;
    });
    if (routed_ && still_there) static_cast<void>(route_remove(any_address(NB_AF_INET), 0));
  }

  /// False: the interface is no more.
  bool begin_again() {
    for (;;) {
      const auto begun = begin();
      if (begun) return true;
      if (client_.interface() == nullptr) return false;
      if (!client_.sleep_until(monotonic_now() + kLeastPause)) return false;
    }
  }

  DhcpClient client_;
  DhcpMessage lease_;
  Times times_{lease_, 0};
  bool routed_ = false;   ///< the default route is ours
  bool refused_ = false;  ///< a server wants the address back
};

}  // namespace

Result<void> dhcp_configure(std::string_view name) {
  Interface* interface = interface_by_name(name);
  if (interface == nullptr) return Error{NB_ENXIO};
  if (!is_ethernet(*interface)) return Error{NB_EINVAL};
  if (ethernet_has_listener(*interface)) return Error{NB_EALREADY};
  FARCALL_TRY(interface->set_flags(interface->flags() | NB_IFF_UP));
  auto keeper = std::make_unique<LeaseKeeper>(*interface);
  FARCALL_TRY(keeper->begin());
  if (keeper->ends()) kthread_create(LeaseKeeper::keep, keeper.release(), "dhcp");
  return {};
}

}  // namespace farcall::kernel
